// Products with one to three columns, as dot products: the vectors run along the terms.
//
// Which sums make up a dot product depends on the number of terms and columns alone, never on how
// many rows there are.
#pragma once

#include "product.h"

namespace pellucid::PELLUCID_ISA {

constexpr Int DOT_COLS = 3, DOT_TERMS = 48;

template <class T>
inline bool takes_dots(Int cols, Int terms) {
    return cols > 0 && cols <= DOT_COLS && terms >= DOT_TERMS;
}

// The sum of the lanes, in halves.
template <int SIZE, class T, int... I>
PELLUCID_INLINE T add_lanes(Vec<T> v, std::integer_sequence<int, I...> lanes) {
    v += __builtin_shufflevector(v, v, (I ^ SIZE)...);
    if constexpr (SIZE > 1) return add_lanes<SIZE / 2, T>(v, lanes);
    else return v[0];
}

// c[j] = start[j] + sum over p of a[p] b[j][p], b's columns being b_step apart.
template <class T, int COLS>
PELLUCID_INLINE void dot_row(const T* a, const T* b, Int b_step, Int terms, const T* start, T* c) {
    constexpr int W = WIDTH<T>, CHAINS = COLS == 1 ? 4 : 2;
    Vec<T> sums[CHAINS][COLS] = {};
    Int p = 0;
    for (; p + CHAINS * W <= terms; p += CHAINS * W) {
        UNROLL
        for (int s = 0; s < CHAINS; ++s) {
            const Vec<T> x = load(a + p + s * W);
            UNROLL
            for (int j = 0; j < COLS; ++j) sums[s][j] += x * load(b + j * b_step + p + s * W);
        }
    }
    for (; p < terms; p += W) {
        const Int count = least<Int>(W, terms - p);
        const Vec<T> x = load_part(a + p, count);
        UNROLL
        for (int j = 0; j < COLS; ++j) sums[0][j] += x * load_part(b + j * b_step + p, count);
    }
    UNROLL
    for (int j = 0; j < COLS; ++j) {
        Vec<T> sum = sums[0][j] + sums[1][j];
        if constexpr (CHAINS == 4) sum += sums[2][j] + sums[3][j];
        const T dot = add_lanes<W / 2, T>(sum, std::make_integer_sequence<int, W>{});
        c[j] = start ? start[j] + dot : dot;
    }
}

// Where b's columns are not contiguous they are copied to scratch: cols * terms numbers.
template <class T>
inline void product_dots(const Product<T>& x) {
    const T* b = x.b.base;
    Int b_step = x.b.col;
    if (x.b.row != 1) {
        for (Int j = 0; j < x.cols; ++j) {
            for (Int p = 0; p < x.terms; ++p) x.scratch[j * x.terms + p] = *x.b.from(p, j).base;
        }
        b = x.scratch, b_step = x.terms;
    }
    for (Int i = 0; i < x.rows; ++i) {
        const T* a = x.a.row(i);
        const T* start = x.start ? x.start + i * x.start_step : nullptr;
        T* c = x.c + i * x.c_step;
        if (x.cols == 1) dot_row<T, 1>(a, b, b_step, x.terms, start, c);
        else if (x.cols == 2) dot_row<T, 2>(a, b, b_step, x.terms, start, c);
        else dot_row<T, 3>(a, b, b_step, x.terms, start, c);
    }
}

}  // namespace pellucid::PELLUCID_ISA
