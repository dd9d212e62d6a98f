// exp, log, log1p, tanh, sigmoid and erf on vectors, in both precisions.
//
// Polynomials are minimax fits (Remez, in 40 digits) to the function named beside them. Largest
// errors measured, in units of the last place, the larger of avx2's and baseline's (float: every
// 211th bit pattern, power 1.1 million pairs with a > 0 for the most part, against NumPy's and SciPy's
// float64 functions; double: 16,000 to 32,000 samples, against mpmath with 40 digits):
//
//             exp   log   log1p  tanh  sigmoid  erf              power
//   float     1.01  0.79  1.44   2.49  2.29     1.23             0.50
//   double    1.01  0.76  1.42   2.41  1.93     0.91 (libm's)    libm's
#pragma once

#include "vector_bits.h"

namespace pellucid::PELLUCID_ISA {

// c[0] + c[1] x + ... by Estrin's scheme: pairs, then pairs of pairs in x^2, which takes fewer
// steps one after the other than Horner's.
template <int N, class T, class C>
PELLUCID_INLINE Vec<T> estrin(Vec<T> x, const C* c) {
    if constexpr (N == 1) {
        return c[0] + Vec<T>{};
    } else {
        constexpr int pairs = N / 2, M = pairs + N % 2;
        C half[M];
        for (int i = 0; i < pairs; i++) half[i] = x * c[2 * i + 1] + c[2 * i];
        if constexpr (N % 2 == 1) half[pairs] = c[N - 1] + Vec<T>{};
        return estrin<M, T>(x * x, half);
    }
}
template <class T, int N>
PELLUCID_INLINE Vec<T> polynomial(Vec<T> x, const T (&c)[N]) {
    if constexpr (sizeof(T) == 4 && N < 6) {
        Vec<T> y = splat<T>(c[N - 1]);
        for (int i = N - 2; i >= 0; i--) y = y * x + c[i];
        return y;
    } else {
        Vec<T> lifted[N];
        for (int i = 0; i < N; i++) lifted[i] = splat<T>(c[i]);
        return estrin<N, T>(x, lifted);
    }
}

template <class T>
struct ExpConstants;
template <>
struct ExpConstants<float> {
    // e^x is infinite above HIGH and 0 below LOW. ln 2 in two parts, the first with zeros at its end.
    static constexpr float LOW = -105.0f, HIGH = 89.0f;
    static constexpr float PER_LN2 = 1.44269504f, LN2_HIGH = 0.693359375f, LN2_LOW = -2.12194440e-4f;
    static constexpr int BIAS = 127;
    static constexpr float Q[5] = {0.4999999403953552f, 0.1666652113199234f, 0.04166838899254799f,
                                   0.0083687175065279f, 0.0013814604608342052f};
};
template <>
struct ExpConstants<double> {
    static constexpr double LOW = -746.0, HIGH = 710.0;
    static constexpr double PER_LN2 = 1.4426950408889634, LN2_HIGH = 6.93147180369123816490e-01,
                            LN2_LOW = 1.90821492927058770002e-10;
    static constexpr int BIAS = 1023;
    static constexpr double Q[10] = {
        0.5000000000000011,    0.16666666666666413,    0.04166666666653017,   0.00833333333349446,
        0.0013888888943627859, 0.0001984126950657166,  2.4801493101082978e-05, 2.7557586385028475e-06,
        2.7630247660095636e-07, 2.500005733179777e-08};
};

// x = n ln 2 + r with a whole n and |r| <= ln 2 / 2; shifted = n + ROUND + offset, whose lowest bits
// are those of the integer n + offset.
template <class T>
struct Reduced {
    Vec<T> n, r, shifted;
};
template <class T>
PELLUCID_INLINE Reduced<T> reduce_exponent(Vec<T> x, T offset) {
    using C = ExpConstants<T>;
    const T origin = Layout<T>::ROUND + offset;
    const Vec<T> shifted = x * C::PER_LN2 + origin, n = shifted - origin;
    return {n, (x - n * C::LN2_HIGH) - n * C::LN2_LOW, shifted};
}
// e^r - 1 for |r| <= ln 2 / 2: r + r^2 Q(r), Q fitted to (e^r - 1 - r) / r^2.
template <class T>
PELLUCID_INLINE Vec<T> small_expm1(Vec<T> r) {
    return r * r * polynomial<T>(r, ExpConstants<T>::Q) + r;
}

// e^x for LOW <= x <= HIGH. 2^n is applied in two factors, so that infinite and denormal results come
// about by one rounding: with m = n + 2 BIAS, the factors' exponent fields are floor(m/2), ceil(m/2).
template <class T>
PELLUCID_INLINE Vec<T> exp_within(Vec<T> x) {
    const Reduced<T> e = reduce_exponent<T>(x, T(2 * ExpConstants<T>::BIAS));
    const Words<T> m = words<T>(e.shifted), half = m >> 1;
    const Vec<T> p = small_expm1<T>(e.r) + T(1);
    return p * from_words<T>(half << Layout<T>::FRACTION) *
           from_words<T>((m - half) << Layout<T>::FRACTION);
}
template <class T>
PELLUCID_INLINE Vec<T> vexp(Vec<T> x) {
    using C = ExpConstants<T>;
    return exp_within<T>(at_least<T>(C::LOW, at_most<T>(C::HIGH, x)));
}

// 1 / (1 + e^-x); with e^-|x|, which does not overflow, as ops/elementwise.py has it.
template <class T>
PELLUCID_INLINE Vec<T> vsigmoid(Vec<T> x) {
    const Vec<T> negative = from_words<T>(words<T>(x) | Layout<T>::SIGN);
    const Vec<T> decay = exp_within<T>(at_least<T>(ExpConstants<T>::LOW, negative));
    return select<T>(x >= T(0), splat<T>(1), decay) / (decay + T(1));
}

// e = e^(-2|x|) - 1, tanh |x| = -e / (2 + e). Below -2|x| = -60 the result is 1 long since.
template <class T>
PELLUCID_INLINE Vec<T> vtanh(Vec<T> x) {
    const Vec<T> y = at_least<T>(T(-60), magnitude<T>(x) * T(-2));
    const Reduced<T> e = reduce_exponent<T>(y, T(ExpConstants<T>::BIAS));
    const Vec<T> power = from_words<T>(words<T>(e.shifted) << Layout<T>::FRACTION);
    const Vec<T> less = small_expm1<T>(e.r) * power + (power - T(1));
    return with_sign<T>(magnitude<T>(less / (less + T(2))), x);
}

// x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt 2, for a positive, finite x.
template <class T>
struct Split {
    Vec<T> e, f;
};
template <class T>
PELLUCID_INLINE Split<T> split(Vec<T> x) {
    constexpr typename Layout<T>::Word root_half =
        sizeof(T) == 4 ? 0x3f3504f3u : static_cast<typename Layout<T>::Word>(0x3fe6a09e667f3bcdu);
    const auto small = x < Layout<T>::TINY;  // denormal: make it normal
    constexpr T up = sizeof(T) == 4 ? T(8388608.0) : T(4503599627370496.0);
    x = select<T>(small, x * up, x);
    const Words<T> w = words<T>(x) + (Layout<T>::ONE - root_half);
    const Vec<T> e = whole(w >> Layout<T>::FRACTION) - T(ExpConstants<T>::BIAS);
    const Vec<T> m = from_words<T>((w & Layout<T>::MANTISSA) + root_half);
    return {e - select<T>(small, splat<T>(Layout<T>::FRACTION), Vec<T>{}), m - T(1)};
}

// ln(1 + f) + e ln 2, float: f - f^2/2 + f^3 P(f).
PELLUCID_INLINE Vec<float> log_split(Split<float> s) {
    constexpr float P[9] = {0.3333331346511841f,   -0.25000008940696716f, 0.20002120733261108f,
                            -0.1666799634695053f,  0.1421952098608017f,   -0.12405544519424438f,
                            0.11888372898101807f,  -0.11676045507192612f, 0.06746639311313629f};
    using C = ExpConstants<float>;
    const Vec<float> f = s.f, square = f * f;
    const Vec<float> rest = square * f * polynomial<float>(f, P) + s.e * C::LN2_LOW;
    return (rest - 0.5f * square + f) + s.e * C::LN2_HIGH;
}
// double: with s = f / (2 + f), ln(1 + f) = 2 atanh s = f - (f^2/2 - s (f^2/2 + s^2 R(s^2))).
PELLUCID_INLINE Vec<double> log_split(Split<double> x) {
    constexpr double R[7] = {0.666666666666681,   0.3999999999901416,  0.2857142881852206,
                             0.22222191642414343, 0.18183891484030215, 0.15306324181589476,
                             0.14868153560659683};
    using C = ExpConstants<double>;
    const Vec<double> f = x.f, s = f / (f + 2.0), z = s * s, half = 0.5 * f * f;
    const Vec<double> rest = s * (half + z * polynomial<double>(z, R)) + x.e * C::LN2_LOW;
    return x.e * C::LN2_HIGH - ((half - rest) - f);
}
// What ln x is where x is 0, negative, infinite or NaN; else y.
template <class T>
PELLUCID_INLINE Vec<T> log_ends(Vec<T> x, Vec<T> y) {
    y = select<T>(x < T(__builtin_inf()), y, x);  // infinity and NaN are their own
    y = select<T>(x < T(0), splat<T>(T(__builtin_nan(""))), y);
    return select<T>(x == T(0), splat<T>(T(-__builtin_inf())), y);
}
template <class T>
PELLUCID_INLINE Vec<T> vlog(Vec<T> x) {
    return log_ends<T>(x, log_split(split<T>(x)));
}

// ln u + (x - (u - 1)) / u with u = 1 + x as it is rounded; the quotient makes up for the rounding.
template <class T>
PELLUCID_INLINE Vec<T> vlog1p(Vec<T> x) {
    const Vec<T> u = x + T(1);
    // Above 1, u - x is exact where u - 1 need not be.
    const Vec<T> lost = select<T>(x > T(1), T(1) - (u - x), x - (u - T(1)));
    const Vec<T> y = log_split(split<T>(u)) + lost / u;
    const Vec<T> tiny = select<T>(magnitude<T>(x) < T(sizeof(T) == 4 ? 1e-10 : 1e-20), x, y);
    return log_ends<T>(u, tiny);
}

}  // namespace pellucid::PELLUCID_ISA
