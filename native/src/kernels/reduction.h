// c = a^T g summed over the rows of a batch, straight from memory.
#pragma once

#include "product.h"

namespace pellucid::PELLUCID_ISA {

template <class T>
struct Reduction {
    Rows<T> a, g;
    Int k, n, rows;
    bool fresh;
};

// Terms that are taken at once, and that have a pointer each where rows are picked.
constexpr Int DIRECT_TERMS = 256;

// The rows [first, first + count) of an operand, one pointer each.
template <class T>
inline void list_rows(const Rows<T>& x, Int first, Int count, const T** to) {
    for (Int p = 0; p < count; ++p) to[p] = x.row(first + p);
}

// Rows [i, i + count) of c, where g is not picked.
template <Left LEFT, class T>
void direct_rows(const Reduction<T>& x, Int i, Int count, T* c) {
    const T* list[LEFT == BY_PICKED ? DIRECT_TERMS : 1];
    Tile<T> t;
    t.a_step = x.k, t.b_step = x.n;
    t.start_step = t.c_step = x.n;
    t.picked = list;
    Int p = 0;
    do {
        t.terms = least(DIRECT_TERMS, x.rows - p);
        if (LEFT == BY_PICKED) list_rows(x.a, p, t.terms, list);
        for (Int j = 0; j < x.n; j += TILE_COLS<T>) {
            t.b = x.g.base + p * x.n + j;
            const Int readable = (x.rows - p) * x.n - j;
            const Int vectors = set_columns(t, least(TILE_COLS<T>, x.n - j), readable);
            for (Int q = 0; q < count;) {
                const Int rows = next_rows(count - q);
                t.place = i + q;
                t.a[0] = x.a.base + p * x.k + t.place;
                t.c = c + q * x.n + j;
                t.start = x.fresh && p == 0 ? nullptr : t.c;
                TILES<LEFT, T>[rows - 1][vectors - 1](t);
                q += rows;
            }
        }
        p += DIRECT_TERMS;
    } while (p < x.rows);
}

// With few columns the vectors run along the rows of c: c^T = g^T a.
constexpr Int TURNED_COLS = 3, TURNED_TERMS = 64;

template <class T>
inline bool is_turned(const Reduction<T>& x) {
    return x.n <= TURNED_COLS && x.k >= WIDTH<T>;
}

// `scratch` takes TURNED_TERMS * WIDEST vectors where a is picked.
template <Left LEFT, class T>
void turned_rows(const Reduction<T>& x, T* scratch, Int i, Int count, T* c) {
    const Int width = most_vectors(static_cast<int>(x.n)) * WIDTH<T>;
    const Int most_terms = x.a.frame || x.g.frame ? TURNED_TERMS : x.rows;
    alignas(64) T turned[TURNED_COLS * WIDEST * WIDTH<T>];
    const T* list[TURNED_TERMS];
    Tile<T> t;
    t.a_step = x.n;
    t.picked = list, t.place = 0;
    t.c = turned;
    t.start_step = t.c_step = width;
    for (Int q = 0; q < count; q += width) {
        const Int cols = least(width, count - q);
        t.start = x.fresh ? nullptr : turned;
        if (!x.fresh) {
            for (Int e = 0; e < cols; ++e) {
                for (Int j = 0; j < x.n; ++j) turned[j * width + e] = c[(q + e) * x.n + j];
            }
        }
        Int p = 0;
        do {
            t.terms = least(most_terms, x.rows - p);
            t.a[0] = x.g.base + p * x.n;
            if (LEFT == BY_PICKED) list_rows(x.g, p, t.terms, list);
            t.b = x.a.base + p * x.k + i + q, t.b_step = x.k;
            Int readable = (x.rows - p) * x.k - i - q;
            if (x.a.frame) {
                for (Int r = 0; r < t.terms; ++r) {
                    const Matrix<T> row{x.a.row(p + r) + i + q, 0, 1};
                    pack_columns(row, 1, cols, scratch + r * width, whole_vectors<T>(cols));
                }
                t.b = scratch, t.b_step = width, readable = t.terms * width;
            }
            const Int vectors = set_columns(t, cols, readable);
            TILES<LEFT, T>[x.n - 1][vectors - 1](t);
            t.start = turned;
            p += t.terms;
        } while (p < x.rows);
        for (Int e = 0; e < cols; ++e) {
            for (Int j = 0; j < x.n; ++j) c[(q + e) * x.n + j] = turned[j * width + e];
        }
    }
}

template <class T>
inline void unpacked_rows(const Reduction<T>& x, T* scratch, Int i, Int count, T* c) {
    if (is_turned(x)) {
        if (x.g.frame) turned_rows<BY_PICKED>(x, scratch, i, count, c);
        else turned_rows<BY_COLUMNS>(x, scratch, i, count, c);
    } else if (x.a.frame) {
        direct_rows<BY_PICKED>(x, i, count, c);
    } else {
        direct_rows<BY_COLUMNS>(x, i, count, c);
    }
}

}  // namespace pellucid::PELLUCID_ISA
