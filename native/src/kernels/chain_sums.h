// Sums of stored values, and the search for infinite ones.
//
// A float32 sum of n equal numbers in one accumulator loses up to n/2 units of the last place. Here a span
// of SPAN elements is added up in 4 vectors of accumulators, and the spans' sums in double.
#pragma once

#include "chain_ops.h"

namespace pellucid::PELLUCID_ISA {

constexpr Int SPAN = 2048;

template <class T>
PELLUCID_INLINE T across(Vec<T> v) {
    return fold_lanes<T>(v, [](Vec<T> a, Vec<T> b) __attribute__((always_inline)) { return a + b; })[0];
}

template <class T>
static T sum_span(const T* x, Int n) {
    constexpr Int W = WIDTH<T>;
    Vec<T> s[4] = {};
    Int i = 0;
    for (; i + 4 * W <= n; i += 4 * W)
        for (int u = 0; u < 4; u++) s[u] += load(x + i + u * W);
    for (; i + W <= n; i += W) s[0] += load(x + i);
    if (i < n) s[1] += load_some(x + i, n - i);
    return across<T>((s[0] + s[1]) + (s[2] + s[3]));
}
template <class T>
static double sum_of(const T* x, Int n) {
    double sum = 0;
    for (Int i = 0; i < n; i += SPAN) sum += static_cast<double>(sum_span(x + i, least(SPAN, n - i)));
    return sum;
}
static Int int_sum_of(const Int* x, Int n) {
    std::uint64_t sum = 0;
    for (Int i = 0; i < n; i++) sum += static_cast<std::uint64_t>(x[i]);
    return static_cast<Int>(sum);
}

// x is n elements of a value in lanes: those of lanes below `live`.
template <class T>
static double sum_of_live(const T* x, Int n, Int live) {
    double sum = 0;
    for (Int start = 0; start < n; start += SPAN) {
        T lane[LANES] = {};
        const Int end = least(n, start + SPAN);
        for (Int i = start; i + LANES <= end; i += LANES)
            for (Int k = 0; k < LANES; k++) lane[k] += x[i + k];
        T part = 0;
        for (Int k = 0; k < live; k++) part += lane[k];
        sum += static_cast<double>(part);
    }
    return sum;
}
static Int int_sum_of_live(const Int* x, Int n, Int live) {
    std::uint64_t sum = 0;
    for (Int i = 0; i < n; i += LANES)
        for (Int k = 0; k < live; k++) sum += static_cast<std::uint64_t>(x[i + k]);
    return static_cast<Int>(sum);
}

// 0 x is 0 for a finite x, else NaN.
template <class T>
static bool all_finite(const T* x, Int n) {
    constexpr Int W = WIDTH<T>;
    Vec<T> s[4] = {};
    Int i = 0;
    for (; i + 4 * W <= n; i += 4 * W) {
        s[0] += load(x + i) * T(0), s[1] += load(x + i + W) * T(0);
        s[2] += load(x + i + 2 * W) * T(0), s[3] += load(x + i + 3 * W) * T(0);
    }
    for (; i + W <= n; i += W) s[0] += load(x + i) * T(0);
    if (i < n) s[1] += load_some(x + i, n - i) * T(0);
    return across<T>((s[0] + s[1]) + (s[2] + s[3])) == T(0);
}
template <class T>
static bool live_finite(const T* x, Int n, Int live) {
    T lane[LANES] = {};
    for (Int i = 0; i + LANES <= n; i += LANES)
        for (Int k = 0; k < LANES; k++) lane[k] += x[i + k] - x[i + k];
    T sum = 0;
    for (Int k = 0; k < live; k++) sum += lane[k];
    return sum == T(0);
}

// to[j] += sum over the rows of x[r][j].
template <class T>
static void add_rows(double* to, const T* x, Int rows, Int cols) {
    constexpr Int W = WIDTH<T>;
    for (Int start = 0; start < rows; start += 256, x += 256 * cols) {
        const Int count = least<Int>(256, rows - start);
        Int j = 0;
        for (; j + W <= cols; j += W) {
            Vec<T> even{}, odd{};
            Int r = 0;
            for (; r + 2 <= count; r += 2) {
                even += load(x + r * cols + j);
                odd += load(x + (r + 1) * cols + j);
            }
            if (r < count) even += load(x + r * cols + j);
            even += odd;
            for (Int k = 0; k < W; k++) to[j + k] += static_cast<double>(even[k]);
        }
        for (; j < cols; j++) {
            T sum = 0;
            for (Int r = 0; r < count; r++) sum += x[r * cols + j];
            to[j] += static_cast<double>(sum);
        }
    }
}
static void add_int_rows(Int* to, const Int* x, Int rows, Int cols) {
    for (Int r = 0; r < rows; r++, x += cols)
        for (Int j = 0; j < cols; j++)
            to[j] = static_cast<Int>(static_cast<std::uint64_t>(to[j]) +
                                     static_cast<std::uint64_t>(x[j]));
}

}  // namespace pellucid::PELLUCID_ISA
