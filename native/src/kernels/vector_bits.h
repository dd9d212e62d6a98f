// The bit patterns of vectors, and the few operations that vectors of the compiler have no sign for.
#pragma once

#include <cmath>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "../simd.h"

#define PELLUCID_INLINE inline __attribute__((always_inline))

namespace pellucid::PELLUCID_ISA {

template <class T>
struct Layout;
template <>
struct Layout<float> {
    typedef std::uint32_t Word;
    typedef std::uint32_t Words __attribute__((vector_size(VECTOR_BYTES), may_alias));
    static constexpr Word SIGN = 0x80000000u, ONE = 0x3f800000u, MANTISSA = 0x007fffffu;
    static constexpr int FRACTION = 23;  // bits of the fraction
    static constexpr float ROUND = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
    static constexpr float TINY = 1.17549435e-38f;  // the least normal number
};
template <>
struct Layout<double> {
    typedef std::uint64_t Word;
    typedef std::uint64_t Words __attribute__((vector_size(VECTOR_BYTES), may_alias));
    static constexpr Word SIGN = 0x8000000000000000u, ONE = 0x3ff0000000000000u,
                          MANTISSA = 0x000fffffffffffffu;
    static constexpr int FRACTION = 52;
    static constexpr double ROUND = 6755399441055744.0;
    static constexpr double TINY = 2.2250738585072014e-308;
};
template <class T>
using Words = typename Layout<T>::Words;

template <class T>
PELLUCID_INLINE Words<T> words(Vec<T> v) {
    return reinterpret_cast<Words<T>>(v);
}
template <class T>
PELLUCID_INLINE Vec<T> from_words(Words<T> w) {
    return reinterpret_cast<Vec<T>>(w);
}
template <class T>
PELLUCID_INLINE Vec<T> magnitude(Vec<T> x) {
    return from_words<T>(words<T>(x) & ~Layout<T>::SIGN);
}
// The magnitude of x (which is not negative) with the sign of s.
template <class T>
PELLUCID_INLINE Vec<T> with_sign(Vec<T> x, Vec<T> s) {
    return from_words<T>(words<T>(x) | (words<T>(s) & Layout<T>::SIGN));
}

// The smaller and the larger of a limit and x; NaN where x is NaN. (The x86 instructions give their
// second operand where one is NaN; the compiler does not make them of the comparison.)
template <class T>
PELLUCID_INLINE Vec<T> at_most(T limit, Vec<T> x) {
#if defined(__AVX__) && !defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return reinterpret_cast<Vec<T>>(
            _mm256_min_ps(_mm256_set1_ps(limit), reinterpret_cast<__m256>(x)));
    else
        return reinterpret_cast<Vec<T>>(
            _mm256_min_pd(_mm256_set1_pd(limit), reinterpret_cast<__m256d>(x)));
#else
    return select<T>(splat<T>(limit) < x, splat<T>(limit), x);
#endif
}
template <class T>
PELLUCID_INLINE Vec<T> at_least(T limit, Vec<T> x) {
#if defined(__AVX__) && !defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return reinterpret_cast<Vec<T>>(
            _mm256_max_ps(_mm256_set1_ps(limit), reinterpret_cast<__m256>(x)));
    else
        return reinterpret_cast<Vec<T>>(
            _mm256_max_pd(_mm256_set1_pd(limit), reinterpret_cast<__m256d>(x)));
#else
    return select<T>(splat<T>(limit) > x, splat<T>(limit), x);
#endif
}

template <class T>
PELLUCID_INLINE Vec<T> square_root(Vec<T> x) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return reinterpret_cast<Vec<T>>(_mm512_maskz_sqrt_ps(__mmask16(-1), reinterpret_cast<__m512>(x)));
    else
        return reinterpret_cast<Vec<T>>(_mm512_maskz_sqrt_pd(__mmask8(-1), reinterpret_cast<__m512d>(x)));
#elif defined(__AVX__)
    if constexpr (sizeof(T) == 4)
        return reinterpret_cast<Vec<T>>(_mm256_sqrt_ps(reinterpret_cast<__m256>(x)));
    else
        return reinterpret_cast<Vec<T>>(_mm256_sqrt_pd(reinterpret_cast<__m256d>(x)));
#elif defined(__SSE2__)
    if constexpr (sizeof(T) == 4)
        return reinterpret_cast<Vec<T>>(_mm_sqrt_ps(reinterpret_cast<__m128>(x)));
    else
        return reinterpret_cast<Vec<T>>(_mm_sqrt_pd(reinterpret_cast<__m128d>(x)));
#else
    Vec<T> y;
    for (int i = 0; i < WIDTH<T>; i++) y[i] = std::sqrt(x[i]);
    return y;
#endif
}

template <int... I>
struct Places {};
template <int N, int... I>
struct FirstPlaces : FirstPlaces<N - 1, N - 1, I...> {};
template <int... I>
struct FirstPlaces<0, I...> {
    using Are = Places<I...>;
};
template <int H, class V, int... I>
PELLUCID_INLINE V exchange_places(V v, Places<I...>) {
    return __builtin_shufflevector(v, v, (I ^ H)...);
}
// Lane i takes what was in lane i ^ H.
template <class T, int H>
PELLUCID_INLINE Vec<T> exchange(Vec<T> v) {
    return exchange_places<H>(v, typename FirstPlaces<WIDTH<T>>::Are{});
}
// f of all lanes, in every lane: of halves, then quarters, ...
template <class T, int H = WIDTH<T> / 2, class F>
PELLUCID_INLINE Vec<T> fold_lanes(Vec<T> v, F f) {
    v = f(v, exchange<T, H>(v));
    if constexpr (H > 1) return fold_lanes<T, H / 2>(v, f);
    else return v;
}

// A whole number below 2^FRACTION, given as an integer, as a floating-point number.
PELLUCID_INLINE Vec<float> whole(Words<float> n) {
    return __builtin_convertvector(reinterpret_cast<Bits<float>>(n), Vec<float>);
}
PELLUCID_INLINE Vec<double> whole(Words<double> n) {
    // 2^52 + n has n in its lowest bits.
    return from_words<double>(n | 0x4330000000000000u) - 4503599627370496.0;
}

}  // namespace pellucid::PELLUCID_ISA
