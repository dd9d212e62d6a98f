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
    Int first = 0, skip = 0;  // where a part of a larger operand starts: its row, and in each row

    const T* row(Int i) const {
        i += first;
        if (!frame) return base + i * pitch + skip;
        if (per_sample == 1) return frame->picked<T>(*operand, i) + skip;
        return frame->picked<T>(*operand, i / per_sample) + i % per_sample * pitch + skip;
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
    T* scratch;  // PACK_BYTES and COPY_BYTES, 64-byte aligned; or 3 * terms numbers for dots
};

// A packed panel of b is read from the L1 cache by all tiles of a block of rows; the block's part
// of a stays in the L2 cache while the panels go by. Some panels are packed at a time: b's rows may
// be far apart, and the more of a row is read at once, the fewer lines and pages are fetched twice.
constexpr Int PACK_TERMS = TILE_VECTORS * VECTOR_BYTES > 64 ? 128 : 256;
constexpr Int PACK_BYTES = 64 << 10;
constexpr Int PACK_PANELS = PACK_BYTES / (PACK_TERMS * TILE_VECTORS * VECTOR_BYTES);
constexpr Int BLOCK_BYTES = 256 << 10, COPY_BYTES = BLOCK_BYTES / 8 * 9;

// The part of a product that has rows [i, end) and terms from p on.
template <class T>
inline Product<T> block_of(const Product<T>& x, Int i, Int end, Int p) {
    Product<T> y = x;
    y.a.first = i, y.a.skip = p * x.a.step;
    y.c = x.c + i * x.c_step;
    y.rows = end - i;
    if (p > 0) y.start = y.c, y.start_step = x.c_step;  // the sums of the terms before
    else if (x.start) y.start = x.start + i * x.start_step;
    return y;
}

// The tiles of one panel of columns, from column j on.
template <Left LEFT, class T>
inline void run_panel(const Product<T>& x, Tile<T>& t, Int j, Int vectors) {
    t.a_step = x.a.step;
    t.start_step = x.start_step;
    t.c_step = x.c_step;
    for (Int i = 0; i < x.rows;) {
        const Int rows = next_rows(x.rows - i);
        for (Int r = 0; r < rows; ++r) t.a[r] = x.a.row(i + r);
        t.start = x.start ? x.start + i * x.start_step + j : nullptr;
        t.c = x.c + i * x.c_step + j;
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
        run_panel<LEFT>(x, t, j, vectors);
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

// Rows that lie a large power of two apart share few places of a cache: a block of them, which many
// panels read, is copied side by side.
template <class T>
inline bool copies(const Product<T>& x) {
    constexpr Int APART = 2048;
    const bool clash = x.a.pitch * static_cast<Int>(sizeof(T)) % APART == 0;
    return clash && x.rows >= 4 * TILE_ROWS && x.cols >= 8 * TILE_COLS<T>;
}
template <class T>
void copy_rows(Product<T>& x, Int terms, T* to) {
    const Int pitch = terms + 64 / static_cast<Int>(sizeof(T));  // a line more: see above
    for (Int i = 0; i < x.rows; ++i) {
        std::memcpy(to + i * pitch, x.a.row(i), static_cast<std::size_t>(terms) * sizeof(T));
    }
    x.a = {to, pitch, 1, nullptr, nullptr, 1};
}

// A block's products over `terms` terms, with b packed some panels at a time.
template <Left LEFT, class T>
void run_block(const Product<T>& x, const Matrix<T>& b, Int terms) {
    constexpr Int MOST = PACK_PANELS * TILE_COLS<T>;
    Tile<T> t;
    t.terms = terms;
    for (Int j = 0; j < x.cols; j += TILE_COLS<T>) {
        const Int cols = least(TILE_COLS<T>, x.cols - j), place = j % MOST;
        if (place == 0) pack_panels(b.from(0, j), terms, least(MOST, x.cols - j), x.scratch);
        t.b = x.scratch + place * terms;
        t.b_step = whole_vectors<T>(cols);
        const Int vectors = set_columns(t, cols, terms * t.b_step);
        run_panel<LEFT>(x, t, j, vectors);
    }
}

template <Left LEFT, class T>
void product_packed(const Product<T>& x) {
    const Int most = least(x.terms, PACK_TERMS) * static_cast<Int>(sizeof(T));
    const Int blocks = (x.rows * most + BLOCK_BYTES - 1) / BLOCK_BYTES;
    const Int block = (x.rows + blocks - 1) / blocks;
    const bool copy = LEFT == BY_ROWS && copies(x);
    for (Int i = 0; i < x.rows; i += block) {
        for (Int p = 0; p < x.terms; p += PACK_TERMS) {
            const Int terms = least(PACK_TERMS, x.terms - p);
            Product<T> part = block_of(x, i, least(x.rows, i + block), p);
            if (copy) copy_rows(part, terms, x.scratch + PACK_BYTES / sizeof(T));
            run_block<LEFT>(part, x.b.from(p, 0), terms);
        }
    }
}

// Packing pays where a panel is read by several tiles, and b is not in the L1 cache anyway.
template <class T>
inline bool packs(const Product<T>& x) {
    constexpr Int SMALL = 16 << 10;
    if (x.terms == 0) return false;
    if (x.b.col != 1) return true;
    const Int apart = x.b.row * static_cast<Int>(sizeof(T));
    const Int tiles = apart >= 2048 ? 2 : 4;  // each row on its own page: slow
    return x.rows >= tiles * TILE_ROWS && x.terms * x.cols * static_cast<Int>(sizeof(T)) > SMALL;
}

template <Left LEFT, class T>
inline void product(Product<T>& x) {
    if (x.rows <= 0 || x.cols <= 0) return;
    if (x.cols == 1) x.b.col = 1;
    if (packs(x)) product_packed<LEFT>(x);
    else product_direct<LEFT>(x);
}

}  // namespace pellucid::PELLUCID_ISA
