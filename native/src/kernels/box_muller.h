// Normal numbers from random words by Box and Muller's method, in double, several pairs side by
// side.
//
// Two words give the uniforms u and v, multiples of 2^-24, and these the two numbers
// sqrt(-2 ln(1 - u)) cos(2 pi v) and sqrt(-2 ln(1 - u)) sin(2 pi v).
// Source: G. Box, M. Muller, A Note on the Generation of Random Normal Deviates, 1958,
// doi:10.1214/aoms/1177706645.
#pragma once

#include "../simd.h"

namespace pellucid::PELLUCID_ISA {

constexpr int PAIRS = WIDTH<double>;
typedef Vec<double> Reals;
typedef std::uint64_t Naturals __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef std::uint64_t LooseNaturals
    __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

// Whole numbers below 2^52 as doubles: put into the mantissa of 2^52.
static inline Reals real(Naturals n) {
    return (Reals)(n | 0x4330000000000000u) - 0x1p52;
}

// ln x for 2^-24 <= x <= 1. With x = 2^e m and sqrt(1/2) <= m < sqrt(2),
// ln x = e ln 2 + 2 artanh s, s = (m - 1) / (m + 1), and artanh s = s + s^3/3 + s^5/5 + ...
static inline Reals log_of_uniform(Reals x) {
    constexpr std::uint64_t ROOT_HALF = 0x3FE6A09E667F3BCDu, ONE = 1024;
    const Naturals bits = (Naturals)x;
    const Naturals exponent = (bits - ROOT_HALF + (ONE << 52)) >> 52;  // e + 1024
    const Reals e = real(exponent) - double(ONE);
    const Reals m = (Reals)(bits - (exponent << 52) + (ONE << 52));
    const Reals s = (m - 1.0) / (m + 1.0), z = s * s;
    Reals sum = z * (1.0 / 21) + 1.0 / 19;
    sum = sum * z + 1.0 / 17;
    sum = sum * z + 1.0 / 15;
    sum = sum * z + 1.0 / 13;
    sum = sum * z + 1.0 / 11;
    sum = sum * z + 1.0 / 9;
    sum = sum * z + 1.0 / 7;
    sum = sum * z + 1.0 / 5;
    sum = sum * z + 1.0 / 3;
    // ln 2 in two parts, the first short enough for e times it to be exact.
    const Reals tail = e * 0x1.EF35793C76730p-45 + 2.0 * s * z * sum;
    return e * 0x1.62E42FEFA3800p-1 + (2.0 * s + tail);
}

// sin r and cos r for |r| <= pi/4, from the first terms of their series.
static inline Reals sin_series(Reals r) {
    const Reals z = r * r;
    Reals sum = z * (1.0 / 355687428096000.0) - 1.0 / 1307674368000.0;
    sum = sum * z + 1.0 / 6227020800.0;
    sum = sum * z - 1.0 / 39916800.0;
    sum = sum * z + 1.0 / 362880.0;
    sum = sum * z - 1.0 / 5040.0;
    sum = sum * z + 1.0 / 120.0;
    sum = sum * z - 1.0 / 6.0;
    return r + r * z * sum;
}
static inline Reals cos_series(Reals r) {
    const Reals z = r * r;
    Reals sum = z * (-1.0 / 6402373705728000.0) + 1.0 / 20922789888000.0;
    sum = sum * z - 1.0 / 87178291200.0;
    sum = sum * z + 1.0 / 479001600.0;
    sum = sum * z - 1.0 / 3628800.0;
    sum = sum * z + 1.0 / 40320.0;
    sum = sum * z - 1.0 / 720.0;
    sum = sum * z + 1.0 / 24.0;
    return (1.0 - 0.5 * z) + z * z * sum;
}

// cos and sin of the angle 2 pi v, rounded to double as the reference rounds it: the quarter turns
// are taken off it with pi/2 in three parts, the first two of 33 bits, so that their products are
// exact.
static inline void cos_sin_turn(Reals v, Reals& cosine, Reals& sine) {
    const Reals angle = v * 6.283185307179586;
    const Reals shifted = angle * 0.6366197723675814 + 0x1.8p52;  // rounds to a whole number
    const Reals quarters = shifted - 0x1.8p52;
    Reals r = angle - quarters * 0x1.921FB544p+0;
    r = r - quarters * 0x1.0B4611A6p-34;
    r = r - quarters * 0x1.3198A2E037073p-69;
    const Naturals n = (Naturals)shifted;
    const Bits<double> swap = -(Bits<double>)(n & 1);
    const Naturals cos_sign = ((n + 1) & 2) << 62, sin_sign = (n & 2) << 62;
    const Reals s = sin_series(r), c = cos_series(r);
    cosine = (Reals)((Naturals)select<double>(swap, s, c) ^ cos_sign);
    sine = (Reals)((Naturals)select<double>(swap, c, s) ^ sin_sign);
}

static inline Reals root(Reals x) {
    Reals y;
    for (int i = 0; i < PAIRS; ++i) y[i] = __builtin_sqrt(x[i]);
    return y;
}

// 2 PAIRS normal numbers from as many words.
template <class T>
static inline void box_muller(const std::uint32_t* words, T* out) {
    const Naturals both = *reinterpret_cast<const LooseNaturals*>(words);  // v above u
    const Reals remains = (0x1p24 - real((both & 0xFFFFFFFFu) >> 8)) * 0x1p-24;
    const Reals radius = root(-2.0 * log_of_uniform(remains));
    Reals cosine, sine;
    cos_sin_turn(real(both >> 40) * 0x1p-24, cosine, sine);
    const Reals a = radius * cosine, b = radius * sine;
    for (int i = 0; i < PAIRS; ++i) {
        out[2 * i] = static_cast<T>(a[i]);
        out[2 * i + 1] = static_cast<T>(b[i]);
    }
}

}  // namespace pellucid::PELLUCID_ISA
