// erf and power on vectors. Errors are in math.h's table.
#pragma once

#include "math.h"

namespace pellucid::PELLUCID_ISA {

// float: x + x S(x^2) below 1, S fitted to erf(x)/x - 1; from 1 on 1 - e^-G(x), G fitted to -ln erfc x.
PELLUCID_INLINE Vec<float> verf(Vec<float> x) {
    constexpr float S[7] = {0.12837917f,           -0.3761262595653534f,   0.1128358542919159f,
                            -0.026853812858462334f, 0.005188327748328447f, -0.0008010193705558777f,
                            7.853860734030604e-05f};
    constexpr float G[8] = {-0.000183444150025025f, 1.1295567750930786f,   0.6332626342773438f,
                            0.10837247967720032f,   -0.025178968906402588f, 0.0041936119087040424f,
                            -0.00043910654494538903f, 2.149612919311039e-05f};
    const Vec<float> size = magnitude<float>(x), limited = at_most<float>(4.0f, size);
    const Vec<float> low = x * polynomial<float>(x * x, S) + x;
    const Vec<float> g = at_least<float>(-60.0f, -polynomial<float>(limited, G));
    const Reduced<float> e = reduce_exponent<float>(g, 127.0f);
    const Vec<float> power = from_words<float>(words<float>(e.shifted) << 23);
    const Vec<float> less = small_expm1<float>(e.r) * power + (power - 1.0f);
    return select<float>(size < 1.0f, low, with_sign<float>(magnitude<float>(less), x));
}
// double: the library's, one at a time.
PELLUCID_INLINE Vec<double> verf(Vec<double> x) {
    for (int i = 0; i < WIDTH<double>; i++) x[i] = std::erf(x[i]);
    return x;
}

// |a|^b for a float's a and b, worked in double: e^(b ln |a|), right but for the signs and for NaN.
PELLUCID_INLINE Vec<double> power_of_size(Vec<double> size, Vec<double> b) {
    const Vec<double> y = b * vlog<double>(size);
    const Vec<double> p = exp_within<double>(at_least<double>(-200.0, at_most<double>(200.0, y)));
    const auto one = (b == 0.0) | (size == 1.0);
    return select<double>(one, splat<double>(1), p);
}
// Signs and special cases as C's pow, which np.power follows:
// (-a)^b is -(a^b) for odd b, a^b for even b (infinite b is even), NaN for a broken b and finite a;
// 1^NaN = NaN^0 = 1.
PELLUCID_INLINE Vec<double> float_power(Vec<double> a, Vec<double> b) {
    const double inf = __builtin_inf();
    const Vec<double> size = magnitude<double>(a), limited = at_most<double>(1e9, magnitude<double>(b));
    // Beyond 2^24 all floats are even.
    const Vec<double> shifted = limited + Layout<double>::ROUND, near = shifted - Layout<double>::ROUND;
    const auto whole_b = (near == limited) | (magnitude<double>(b) > 1e8);
    const Words<double> odd_bit =
        (words<double>(shifted) << 63) & reinterpret_cast<Words<double>>(whole_b) &
        reinterpret_cast<Words<double>>(magnitude<double>(b) < 1e8) & words<double>(a);
    const Vec<double> p = from_words<double>(words<double>(power_of_size(size, b)) | odd_bit);
    const auto broken = (a < 0.0) & (a > -inf) & ~whole_b & (b == b);
    const auto none = broken | ((a != a) & (b != 0.0)) | ((b != b) & (a != 1.0));
    return select<double>(none, splat<double>(__builtin_nan("")), p);
}

// d[i] = a[i]^b[i] for i < n, a and b in steps of 1 or 0, n a whole number of vectors.
static void power_loop(float* d, const float* a, const float* b, Int n, int step_a, int step_b) {
    constexpr int W = WIDTH<double>;
    typedef float Half __attribute__((vector_size(VECTOR_BYTES / 2), aligned(4), may_alias));
    for (Int i = 0; i < n; i += W) {
        const Half x = *reinterpret_cast<const Half*>(a + i * step_a);
        const Half y = *reinterpret_cast<const Half*>(b + i * step_b);
        const Vec<double> p = float_power(__builtin_convertvector(x, Vec<double>),
                                          __builtin_convertvector(y, Vec<double>));
        *reinterpret_cast<Half*>(d + i) = __builtin_convertvector(p, Half);
    }
}
static void power_loop(double* d, const double* a, const double* b, Int n, int step_a, int step_b) {
    for (Int i = 0; i < n; i++) d[i] = std::pow(a[i * step_a], b[i * step_b]);
}

}  // namespace pellucid::PELLUCID_ISA
