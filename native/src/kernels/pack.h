// Copies of parts of a matrix in the order in which tiles read them.
#pragma once

#include <utility>

#include "tile.h"

namespace pellucid::PELLUCID_ISA {

// A matrix, or a part of one: element (i, j) is at base[i * row + j * col].
template <class T>
struct Matrix {
    const T* base;
    Int row, col;

    Matrix from(Int i, Int j) const { return {base + i * row + j * col, row, col}; }
};

template <class T>
constexpr Int whole_vectors(Int cols) {
    return (cols + WIDTH<T> - 1) / WIDTH<T> * WIDTH<T>;
}

// One step of Eklundh's transposition: swap the off-diagonal blocks of `size` columns of two rows
// that are `size` apart. Column i of the first result is a's, or b's from `size` columns before.
template <int SIZE, class V, int... I>
PELLUCID_INLINE void swap_blocks(V& a, V& b, std::integer_sequence<int, I...>) {
    constexpr int W = sizeof...(I);
    const V first = __builtin_shufflevector(a, b, (I & SIZE ? W + I - SIZE : I)...);
    const V second = __builtin_shufflevector(a, b, (I & SIZE ? W + I : I + SIZE)...);
    a = first, b = second;
}
template <class T, int SIZE>
PELLUCID_INLINE void transpose_steps(Vec<T> (&rows)[WIDTH<T>]) {
    UNROLL
    for (int i = 0; i < WIDTH<T>; ++i) {
        if (i & SIZE) continue;
        swap_blocks<SIZE>(rows[i], rows[i + SIZE], std::make_integer_sequence<int, WIDTH<T>>{});
    }
    if constexpr (SIZE > 1) transpose_steps<T, SIZE / 2>(rows);
}

// to[p * width + j] = m(p, j), where a row of m is contiguous: `count` columns, then zeros.
template <class T>
void pack_columns(const Matrix<T>& m, Int terms, Int count, T* to, Int width) {
    constexpr Int W = WIDTH<T>;
    const Int full = count / W;
    for (Int p = 0; p < terms; ++p, to += width) {
        const T* from = m.base + p * m.row;
        for (Int v = 0; v < full; ++v) store(to + v * W, load(from + v * W));
        if (full * W < width) store(to + full * W, load_part(from + full * W, count - full * W));
    }
}

// The same where a column of m is contiguous, W columns (or `count`) to a block.
template <class T>
void pack_rows(const Matrix<T>& m, Int terms, Int count, T* to, Int width) {
    constexpr int W = WIDTH<T>;
    for (Int j = 0; j < width; j += W) {
        const Int cols = least<Int>(W, count - j);
        const T* from = m.base + j * m.col;
        for (Int p = 0; p < terms; p += W) {
            const Int rows = least<Int>(W, terms - p);
            Vec<T> block[W];
            if (cols == W && rows == W) {
                UNROLL
                for (int i = 0; i < W; ++i) block[i] = load(from + p + i * m.col);
            } else {
                UNROLL
                for (int i = 0; i < W; ++i) {
                    block[i] = i < cols ? load_part(from + p + i * m.col, rows) : Vec<T>{};
                }
            }
            transpose_steps<T, W / 2>(block);
            T* at = to + p * width + j;
            UNROLL
            for (int i = 0; i < W; ++i) {
                if (i < rows) store(at + i * width, block[i]);
            }
        }
    }
}

// to[p * width + j] = m(p, j) for `count` columns, then zeros up to `width`, a multiple of WIDTH.
template <class T>
void pack(const Matrix<T>& m, Int terms, Int count, T* to, Int width) {
    if (m.col == 1) return pack_columns(m, terms, count, to, width);
    if (m.row == 1) return pack_rows(m, terms, count, to, width);
    for (Int p = 0; p < terms; ++p, to += width) {
        const T* from = m.base + p * m.row;
        for (Int j = 0; j < count; ++j) to[j] = from[j * m.col];
        for (Int j = count; j < width; ++j) to[j] = 0;
    }
}

}  // namespace pellucid::PELLUCID_ISA
