// FULL values whose rows are too short to fill vectors, turned: element (r, j) is at j * stride + r.
//
// Then what a row's elements have in common (its sum, its largest, its number spread over it) is found
// for WIDTH rows at once. Places beyond the last row hold anything, and are left out of sums and stores.
#pragma once

#include "chain_rows.h"
#include "pack.h"

namespace pellucid::PELLUCID_ISA {

// `rows` rows from memory.
template <class T>
static void turn_in(T* to, const T* from, const Here& here) {
    pack_rows(Matrix<T>{from, 1, here.cols}, here.cols, here.rows, to, here.stride);
}

// And back: row by row, each in as many vectors as it has, the last of them a part.
template <class T>
static void turn_out(T* to, const T* from, const Here& here) {
    constexpr int W = WIDTH<T>;
    for (Int r = 0; r < here.rows; r += W) {
        const Int rows = least<Int>(W, here.rows - r);
        for (Int j = 0; j < here.cols; j += W) {
            const Int cols = least<Int>(W, here.cols - j);
            Vec<T> block[W];
            UNROLL
            for (int i = 0; i < W; ++i) {
                block[i] = i < cols ? load(from + (j + i) * here.stride + r) : Vec<T>{};
            }
            transpose_steps<T, W / 2>(block);
            T* at = to + r * here.cols + j;
            UNROLL
            for (int i = 0; i < W; ++i) {
                if (i < rows) store_part(at + i * here.cols, block[i], cols);
            }
        }
    }
}

// fold(so far, a column's vector, its number) for each vector of rows, then finish(what came of it).
template <class T, class Fold, class Finish>
static PELLUCID_INLINE void down_columns(const T* x, const Here& here, Vec<T> start, Fold fold,
                                         Finish finish) {
    for (Int r = 0; r < here.stride; r += WIDTH<T>) {
        Vec<T> found = start;
        const T* at = x + r;
        for (Int j = 0; j < here.cols; j++, at += here.stride) found = fold(found, load(at), j);
        finish(r, found);
    }
}

template <class T>
static void turned_sum(void* to, const void* from, const void*, const void*, const Here& here, int) {
    T* d = static_cast<T*>(to);
    down_columns<T>(
        static_cast<const T*>(from), here, Vec<T>{}, [](Vec<T> a, Vec<T> x, Int) { return a + x; },
        [&](Int r, Vec<T> sum) { store<T>(d + r, sum); });
}
template <class T>
static void turned_mean(void* to, const void* from, const void*, const void*, const Here& here,
                        int) {
    T* d = static_cast<T*>(to);
    down_columns<T>(
        static_cast<const T*>(from), here, Vec<T>{}, [](Vec<T> a, Vec<T> x, Int) { return a + x; },
        [&](Int r, Vec<T> sum) { store<T>(d + r, sum / splat<T>(static_cast<T>(here.cols))); });
}
template <class T>
static void turned_max(void* to, const void* from, const void*, const void*, const Here& here, int) {
    T* d = static_cast<T*>(to);
    down_columns<T>(
        static_cast<const T*>(from), here, splat<T>(T(-__builtin_inf())),
        [](Vec<T> a, Vec<T> x, Int) { return larger<T>(a, x); },
        [&](Int r, Vec<T> top) { store<T>(d + r, top); });
}
// As row_argmax: the first of the largest, the first NaN.
template <class T>
static void turned_argmax(void* to, const void* from, const void*, const void*, const Here& here,
                          int) {
    constexpr int W = WIDTH<T>;
    const T* x = static_cast<const T*>(from);
    Int* d = static_cast<Int*>(to);
    for (Int r = 0; r < here.rows; r += W) {
        Vec<T> top = load(x + r), place{};
        for (Int j = 1; j < here.cols; j++) {
            const Vec<T> v = load(x + j * here.stride + r);
            const Bits<T> later = (top == top) & ((v > top) | (v != v));
            top = select<T>(later, v, top);
            place = select<T>(later, splat<T>(static_cast<T>(j)), place);
        }
        const Int count = least<Int>(W, here.rows - r);
        for (Int i = 0; i < count; i++) d[r + i] = static_cast<Int>(place[i]);
    }
}

// A row's number, or a column's, for all its places.
template <class T>
static void turned_widen(void* to, const void* from, const void*, const void*, const Here& here,
                         int how) {
    const T* a = static_cast<const T*>(from);
    T* d = static_cast<T*>(to);
    const bool by_row = (how >> FIRST_CLASS & 3) == ROW;
    for (Int j = 0; j < here.cols; j++, d += here.stride) {
        for (Int r = 0; r < here.stride; r += WIDTH<T>) {
            store<T>(d + r, by_row ? load(a + r) : splat<T>(a[j]));
        }
    }
}
template <class T>
static void turned_one_hot(void* to, const void* from, const void*, const void*, const Here& here,
                           int) {
    constexpr int W = WIDTH<T>;
    const Int* a = static_cast<const Int*>(from);
    for (Int r = 0; r < here.stride; r += W) {
        Vec<T> place = splat<T>(T(-1));
        const Int count = least<Int>(W, here.rows - r);
        for (Int i = 0; i < count; i++) {
            // Compared unsigned: a negative index is too large.
            const bool there = static_cast<std::uint64_t>(a[r + i]) < static_cast<std::uint64_t>(here.cols);
            place[i] = there ? static_cast<T>(a[r + i]) : T(-1);
        }
        T* d = static_cast<T*>(to) + r;
        for (Int j = 0; j < here.cols; j++, d += here.stride) {
            store<T>(d, select<T>(place == splat<T>(static_cast<T>(j)), splat<T>(T(1)), Vec<T>{}));
        }
    }
}

}  // namespace pellucid::PELLUCID_ISA
