// Steps between classes: spreading rows and columns over a block, reducing along rows.
//
// A FULL block of whole rows is contiguous, so a short row is a vector or two that begin anywhere: a row
// is read as whole vectors, then one that holds its last elements, with those seen already left out.
#pragma once

#include "chain_sums.h"

namespace pellucid::PELLUCID_ISA {

// Lanes 0, 1, 2, ...
template <class T>
PELLUCID_INLINE Vec<T> lanes() {
    Vec<T> v{};
    for (int i = 0; i < WIDTH<T>; i++) v[i] = T(i);
    return v;
}

// For each row: take(r, x, live) for its vectors; `live` tells which lanes are new elements of the row.
// Rows shorter than a vector are read beyond their end, into the next row, but never past the block's.
template <class T, class Start, class Take, class Finish>
static PELLUCID_INLINE void over_rows(const T* x, Int rows, Int cols, Start start, Take take,
                                      Finish finish) {
    constexpr Int W = WIDTH<T>;
    const Vec<T> lane = lanes<T>();
    const Int whole_end = cols - cols % W, rest = cols % W;
    // The last vector begins `back` elements before whole_end, where the row is long enough.
    const Int back = whole_end && rest ? W - rest : 0;
    const Bits<T> tail = (lane >= T(back)) & (lane < T(back + rest));
    const Bits<T> all = lane >= T(0);
    for (Int r = 0; r < rows; r++, x += cols) {
        start();
        for (Int j = 0; j < whole_end; j += W) take(load(x + j), all, j);
        if (rest) {
            const Int at = whole_end - back;
            const bool inside = back || (rows - r) * cols >= W;
            take(inside ? load(x + at) : load_some(x, rest), tail, at);
        }
        finish(r);
    }
}

template <class T>
static void row_sum(void* to, const void* from, const void*, const void*, const Here& here, int) {
    T* d = static_cast<T*>(to);
    const T* x = static_cast<const T*>(from);
    if (here.cols >= 16 * WIDTH<T>) {
        for (Int r = 0; r < here.rows; r++)
            d[r] = static_cast<T>(sum_of(x + r * here.cols, here.cols));
        return;
    }
    Vec<T> sum{};
    over_rows<T>(
        x, here.rows, here.cols, [&] { sum = Vec<T>{}; },
        [&](Vec<T> v, Bits<T> live, Int) { sum += select<T>(live, v, Vec<T>{}); },
        [&](Int r) { d[r] = across<T>(sum); });
}
template <class T>
static void row_mean(void* to, const void* from, const void* b, const void* c, const Here& here,
                     int how) {
    row_sum<T>(to, from, b, c, here, how);
    T* d = static_cast<T*>(to);
    for (Int r = 0; r < here.rows; r++) d[r] /= static_cast<T>(here.cols);
}
static void int_row_sum(void* to, const void* from, const void*, const void*, const Here& here, int) {
    const std::uint64_t* x = static_cast<const std::uint64_t*>(from);
    for (Int r = 0; r < here.rows; r++, x += here.cols) {
        std::uint64_t sum = 0;
        for (Int j = 0; j < here.cols; j++) sum += x[j];
        static_cast<Int*>(to)[r] = static_cast<Int>(sum);
    }
}

// The larger of each pair of lanes, NaN where either is.
template <class T>
PELLUCID_INLINE Vec<T> larger(Vec<T> a, Vec<T> b) {
    return select<T>((a > b) | (a != a), a, b);
}
template <class T>
PELLUCID_INLINE T largest_lane(Vec<T> v) {
    return fold_lanes<T>(
        v, [](Vec<T> a, Vec<T> b) __attribute__((always_inline)) { return larger<T>(a, b); })[0];
}
template <class T>
PELLUCID_INLINE T least_lane(Vec<T> v) {
    return fold_lanes<T>(v, [](Vec<T> a, Vec<T> b) __attribute__((always_inline)) {
        return select<T>(a < b, a, b);
    })[0];
}
template <class T>
static void row_max(void* to, const void* from, const void*, const void*, const Here& here, int) {
    const Vec<T> least = splat<T>(T(-__builtin_inf()));
    Vec<T> top = least;
    over_rows<T>(
        static_cast<const T*>(from), here.rows, here.cols, [&] { top = least; },
        [&](Vec<T> v, Bits<T> live, Int) { top = larger<T>(top, select<T>(live, v, least)); },
        [&](Int r) { static_cast<T*>(to)[r] = largest_lane<T>(top); });
}
// The first of the largest; the first NaN, if there is one: then nothing equals the largest.
template <class T>
static void row_argmax(void* to, const void* from, const void*, const void*, const Here& here, int) {
    constexpr Int W = WIDTH<T>;
    const Int cols = here.cols;
    const T* x = static_cast<const T*>(from);
    Int* places = static_cast<Int*>(to);
    const Vec<T> least = splat<T>(T(-__builtin_inf())), lane = lanes<T>(), none = splat<T>(T(W));
    Vec<T> top = least;
    over_rows<T>(
        x, here.rows, cols, [&] { top = least; },
        [&](Vec<T> v, Bits<T> live, Int) { top = larger<T>(top, select<T>(live, v, least)); },
        [&](Int r) {
            const T* row = x + r * cols;
            const Vec<T> most = splat<T>(largest_lane<T>(top));
            Int j = 0;
            Vec<T> found = none;
            for (; j + W <= cols; j += W) {
                const Vec<T> v = load(row + j);
                found = select<T>((v == most) | (v != v), lane, none);
                const T first = least_lane<T>(found);
                if (first < T(W)) {
                    places[r] = j + static_cast<Int>(first);
                    return;
                }
            }
            const T* rest = row + j;
            while (j < cols - 1 && !(*rest == most[0] || *rest != *rest)) j++, rest++;
            places[r] = cols ? j : 0;
        });
}

// A row's number for all its columns. Vectors may run over into the next row, which is written later.
template <class T>
static PELLUCID_INLINE void rows_to_full(T* d, const T* a, Int rows, Int cols) {
    constexpr Int W = WIDTH<T>;
    const Int padded = (cols + W - 1) / W * W;
    Int r = 0;
    for (; r < rows && (rows - r) * cols >= padded; r++, d += cols) {
        const Vec<T> v = splat<T>(a[r]);
        for (Int j = 0; j < cols; j += W) store<T>(d + j, v);
    }
    for (; r < rows; r++, d += cols)
        for (Int j = 0; j < cols; j++) d[j] = a[r];
}
template <class T>
static PELLUCID_INLINE void cols_to_full(T* d, const T* a, Int rows, Int cols) {
    constexpr Int W = WIDTH<T>;
    if (rows == 0) return;
    std::memcpy(d, a, static_cast<std::size_t>(cols) * sizeof(T));
    const Int padded = (cols + W - 1) / W * W;
    Int r = 1;
    // The first two rows are there to read beyond the first one's end.
    if (cols < W || rows < 3) {
        for (; r < rows; r++)
            for (Int j = 0; j < cols; j++) d[r * cols + j] = a[j];
        return;
    }
    for (; r < rows && (rows - r) * cols >= padded; r++)
        for (Int j = 0; j < cols; j += W) store<T>(d + r * cols + j, load(d + j));
    for (; r < rows; r++) std::memcpy(d + r * cols, a, static_cast<std::size_t>(cols) * sizeof(T));
}
template <class T>
static void widen(void* to, const void* from, const void*, const void*, const Here& here, int how) {
    T* d = static_cast<T*>(to);
    const T* a = static_cast<const T*>(from);
    if ((how >> FIRST_CLASS & 3) == ROW) rows_to_full(d, a, here.rows, here.cols);
    else cols_to_full(d, a, here.rows, here.cols);
}
static void int_widen(void* to, const void* from, const void*, const void*, const Here& here, int how) {
    Int* d = static_cast<Int*>(to);
    const Int* a = static_cast<const Int*>(from);
    for (Int r = 0; r < here.rows; r++, d += here.cols)
        for (Int j = 0; j < here.cols; j++) d[j] = (how >> FIRST_CLASS & 3) == ROW ? a[r] : a[j];
}
template <class E>
static void col_piece(void* to, const void* from, const void*, const void*, const Here& here, int) {
    std::memcpy(to, static_cast<const E*>(from) + here.first,
                static_cast<std::size_t>(here.count[FULL]) * sizeof(E));
}

template <class T>
static void one_hot_rows(void* to, const void* from, const void*, const void*, const Here& here, int) {
    T* d = static_cast<T*>(to);
    const Int* a = static_cast<const Int*>(from);
    std::memset(to, 0, static_cast<std::size_t>(here.count[FULL]) * sizeof(T));
    const Int cols = here.rows ? here.count[FULL] / here.rows : 0;  // of a cut row: of the piece
    for (Int r = 0; r < here.rows; r++) {
        // Compared unsigned: a negative index is too large.
        const std::uint64_t j = static_cast<std::uint64_t>(a[r]) - static_cast<std::uint64_t>(here.first);
        if (j < static_cast<std::uint64_t>(cols)) d[r * cols + static_cast<Int>(j)] = T(1);
    }
}

}  // namespace pellucid::PELLUCID_ISA
