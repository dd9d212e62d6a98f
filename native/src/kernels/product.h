// c = a b + start for a left operand that is read row by row, and b in any layout.
#pragma once

#include "pack.h"

namespace pellucid::PELLUCID_ISA {

// The left operand: element p of row i is at row(i)[p * step].
template <class T>
struct Rows {
    const T* base;
    Int pitch, step;
    const Frame* frame;      // where rows are picked through the batch's index, else null
    const Operand* operand;  // of the rows that are picked
    Int per_sample;

    const T* row(Int i) const {
        if (!frame) return base + i * pitch;
        if (per_sample == 1) return frame->picked<T>(*operand, i);
        return frame->picked<T>(*operand, i / per_sample) + i % per_sample * pitch;
    }
};

template <class T>
struct Product {
    Rows<T> a;
    Matrix<T> b;
    const T* start;  // row i of the result starts from start + i * start_step; null: zeros
    Int start_step;
    T* c;
    Int c_step;
    Int rows, cols, terms;
    T* scratch;  // PACK_BYTES, 64-byte aligned; dots take 3 * terms numbers of it, or beyond
};

// A packed panel of b is read from the L1 cache by all tiles of a block of rows; the block's part
// of a stays in the L2 cache while the panels go by. Some are packed at a time, because b's rows may be far apart: the more of a row is read at once, the fewer lines and pages are fetched twice.
constexpr Int PACK_TERMS = TILE_VECTORS * VECTOR_BYTES > 64 ? 128 : 256;
constexpr Int PACK_BYTES = 64 << 10;
constexpr Int PACK_PANELS = PACK_BYTES / (PACK_TERMS * TILE_VECTORS * VECTOR_BYTES);
constexpr Int BLOCK_BYTES = 256 << 10;

// The tiles of one panel of columns, from row `first` to `end`, over terms [p, p + t.terms).
template <Left LEFT, class T>
inline void run_panel(const Product<T>& x, Tile<T>& t, Int first, Int end, Int p, Int j,
                      Int vectors) {
    t.a_step = x.a.step;
    const bool later = p > 0;  // the c of the terms before
    const T* start = later ? x.c : x.start;
    t.start_step = later ? x.c_step : x.start_step;
    t.c_step = x.c_step;
    for (Int i = first; i < end;) {
        const Int rows = next_rows(end - i);
        for (Int r = 0; r < rows; ++r) t.a[r] = x.a.row(i + r) + p * x.a.step;
        t.start = start ? start + i * t.start_step + j : nullptr;
        t.c = x.c + i * t.c_step + j;
        TILES<LEFT, T>[rows - 1][vectors - 1](t);
        i += rows;
    }
}

// b straight from memory, where its columns are contiguous.
template <Left LEFT, class T>
void product_direct(const Product<T>& x) {
    Tile<T> t;
    t.terms = x.terms;
    t.b_step = x.b.row;
    const Int extent = (x.terms - 1) * x.b.row + x.cols;
    const Int width = x.rows < TILE_ROWS ? most_vectors(x.rows) * WIDTH<T> : TILE_COLS<T>;
    for (Int j = 0; j < x.cols; j += width) {
        t.b = x.b.base + j;
        const Int vectors = set_columns(t, least(width, x.cols - j), extent - j);
        run_panel<LEFT>(x, t, 0, x.rows, 0, j, vectors);
    }
}

// Panels of `terms` terms one after the other, each as wide as the vectors that its tiles read.
template <class T>
void pack_panels(const Matrix<T>& b, Int terms, Int cols, T* to) {
    const Int some = b.col == 1 ? 8 : terms;
    for (Int p = 0; p < terms; p += some) {
        const Int count = least(some, terms - p);
        for (Int j = 0; j < cols; j += TILE_COLS<T>) {
            const Int width = least(TILE_COLS<T>, whole_vectors<T>(cols - j));
            T* panel = to + j * terms + p * width;
            pack(b.from(p, j), count, least(TILE_COLS<T>, cols - j), panel, width);
        }
    }
}

template <Left LEFT, class T>
void product_packed(const Product<T>& x) {
    const Int most = least(x.terms, PACK_TERMS) * static_cast<Int>(sizeof(T));
    const Int blocks = (x.rows * most + BLOCK_BYTES - 1) / BLOCK_BYTES;
    const Int block = (x.rows + blocks - 1) / blocks;
    Tile<T> t;
    for (Int i = 0; i < x.rows; i += block) {
        const Int end = least(x.rows, i + block);
        for (Int p = 0; p < x.terms; p += PACK_TERMS) {
            t.terms = least(PACK_TERMS, x.terms - p);
            for (Int j = 0; j < x.cols; j += TILE_COLS<T>) {
                constexpr Int MOST = PACK_PANELS * TILE_COLS<T>;
                const Int cols = least(TILE_COLS<T>, x.cols - j), place = j % MOST;
                if (place == 0) {
                    pack_panels(x.b.from(p, j), t.terms, least(MOST, x.cols - j), x.scratch);
                }
                t.b = x.scratch + place * t.terms;
                t.b_step = whole_vectors<T>(cols);
                const Int vectors = set_columns(t, cols, t.terms * t.b_step);
                run_panel<LEFT>(x, t, i, end, p, j, vectors);
            }
        }
    }
}

// Packing pays where a panel is read by several tiles, and b is not in the L1 cache anyway.
template <class T>
inline bool packs(const Product<T>& x) {
    constexpr Int SMALL = 16 << 10;
    if (x.terms == 0) return false;
    if (x.b.col != 1) return true;
    return x.rows >= 4 * TILE_ROWS && x.terms * x.cols * static_cast<Int>(sizeof(T)) > SMALL;
}

template <Left LEFT, class T>
inline void product(Product<T>& x) {
    if (x.rows <= 0 || x.cols <= 0) return;
    if (x.cols == 1) x.b.col = 1;
    if (packs(x)) product_packed<LEFT>(x);
    else product_direct<LEFT>(x);
}

}  // namespace pellucid::PELLUCID_ISA
