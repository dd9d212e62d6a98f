// The transpose of a matrix, in blocks that fit the cache, tile by tile in registers.
#pragma once

#include "../simd.h"

namespace pellucid::PELLUCID_ISA {

typedef std::uint32_t Four __attribute__((vector_size(16), aligned(4), may_alias));
typedef std::uint64_t Two __attribute__((vector_size(16), aligned(8), may_alias));

// A square tile of 16-byte rows: y[i][j] = x[j][i]; x_row and y_row in elements.
template <int ITEM>
struct Tile {
    static constexpr Int SIDE = 1;
    template <class E>
    static void turn(const E* x, Int, E* y, Int) {
        *y = *x;
    }
};
template <>
struct Tile<8> {
    static constexpr Int SIDE = 2;
    template <class E>
    static inline __attribute__((always_inline)) void turn(const E* x, Int x_row, E* y, Int y_row) {
        const Two a = *reinterpret_cast<const Two*>(x);
        const Two b = *reinterpret_cast<const Two*>(x + x_row);
        *reinterpret_cast<Two*>(y) = __builtin_shufflevector(a, b, 0, 2);
        *reinterpret_cast<Two*>(y + y_row) = __builtin_shufflevector(a, b, 1, 3);
    }
};
template <>
struct Tile<4> {
    static constexpr Int SIDE = 4;
    template <class E>
    static inline __attribute__((always_inline)) void turn(const E* x, Int x_row, E* y, Int y_row) {
        const Four a = *reinterpret_cast<const Four*>(x);
        const Four b = *reinterpret_cast<const Four*>(x + x_row);
        const Four c = *reinterpret_cast<const Four*>(x + 2 * x_row);
        const Four d = *reinterpret_cast<const Four*>(x + 3 * x_row);
        const Four ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
        const Four ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        const Four cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
        const Four cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
        *reinterpret_cast<Four*>(y) = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
        *reinterpret_cast<Four*>(y + y_row) = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
        *reinterpret_cast<Four*>(y + 2 * y_row) = __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);
        *reinterpret_cast<Four*>(y + 3 * y_row) = __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);
    }
};

// y[i][j] = x[j][i] for i < rows, j < cols of y.
template <class E>
static void transpose_block(Int rows, Int cols, const E* x, Int x_row, E* y, Int y_row) {
    constexpr Int SIDE = Tile<sizeof(E)>::SIDE;
    const Int even_rows = rows / SIDE * SIDE, even_cols = cols / SIDE * SIDE;
    for (Int j = 0; j < even_cols; j += SIDE)
        for (Int i = 0; i < even_rows; i += SIDE)
            Tile<sizeof(E)>::turn(x + j * x_row + i, x_row, y + i * y_row + j, y_row);
    for (Int i = 0; i < rows; ++i)
        for (Int j = i < even_rows ? even_cols : 0; j < cols; ++j)
            y[i * y_row + j] = x[j * x_row + i];
}

template <class E>
static void transpose(Int rows, Int cols, const E* x, Int x_row, E* y, Int y_row) {
    constexpr Int BLOCK = 32;
    for (Int i = 0; i < rows; i += BLOCK)
        for (Int j = 0; j < cols; j += BLOCK)
            transpose_block(least(BLOCK, rows - i), least(BLOCK, cols - j), x + j * x_row + i,
                            x_row, y + i * y_row + j, y_row);
}

}  // namespace pellucid::PELLUCID_ISA
