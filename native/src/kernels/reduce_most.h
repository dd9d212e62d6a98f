// The place of the largest element of each column: the first of equals; the first NaN, if there is
// one.
#pragma once

#include "reduce_sum.h"

namespace pellucid::PELLUCID_ISA {

// For any kind of element, one column after another.
template <class E>
static void argmax_simply(const Columns& c, const E* x, Int* y) {
    for (Int i = 0; i < c.count; ++i) {
        Int place = 0;
        for (Int r = 1; r < c.reduced; ++r)
            if (x[r * c.stride + i] > x[place * c.stride + i]) place = r;
        y[i] = place;
    }
}

template <class T>
static Int argmax_line(const T* x, Int count) {
    if (count <= 0) return 0;
    const T top = fold_line<Max>(x, count);
    Int at = 0;
    if (top != top) {
        while (x[at] == x[at]) ++at;
        return at;
    }
    constexpr Int BLOCK = 4 * WIDTH<T>;  // first the block that has it, then the place
    for (; at + BLOCK <= count; at += BLOCK) {
        Bits<T> found{};
        for (Int k = 0; k < BLOCK; k += WIDTH<T>) found |= load<T>(x + at + k) == splat<T>(top);
        std::uint64_t any = 0, words[VECTOR_BYTES / 8];
        std::memcpy(words, &found, VECTOR_BYTES);
        for (const std::uint64_t word : words) any |= word;
        if (any) break;
    }
    while (x[at] != top) ++at;
    return at;
}

// WIDTH columns at a time, the last of them perhaps not all there.
template <class T>
static void argmax_columns(const Columns& c, const T* x, Int* y) {
    typedef typename VectorOf<T>::Bits Places;
    for (Int from = 0; from < c.count; from += WIDTH<T>) {
        const Int columns = least(Int{WIDTH<T>}, c.count - from);
        const bool all = columns == WIDTH<T>;
        Vec<T> top = load_some<T>(x + from, columns);
        Places place{};
        for (Int r = 1; r < c.reduced; ++r) {
            const T* const at = x + r * c.stride + from;
            const Vec<T> v = all ? load<T>(at) : load_some<T>(at, columns);
            const Bits<T> larger = (v > top) | ((v != v) & (top == top));
            top = larger ? v : top;
            place = larger ? Places{} + static_cast<decltype(place[0] + 0)>(r) : place;
        }
        for (Int k = 0; k < columns; ++k) y[from + k] = place[k];
    }
}

template <class T>
static void argmax(const Columns& c, const T* x, Int* y) {
    constexpr Int MOST_PLACES = 0x7FFFFFFF;  // in the lanes of argmax_columns
    if (c.reduced <= 0) {
        for (Int i = 0; i < c.count; ++i) y[i] = 0;
    } else if (c.stride == 1) {
        *y = argmax_line(x, c.reduced);
    } else if (c.reduced <= MOST_PLACES) {
        argmax_columns(c, x, y);
    } else {
        for (Int i = 0; i < c.count; ++i) {
            Int place = 0;
            for (Int r = 1; r < c.reduced; ++r) {
                const T v = x[r * c.stride + i], top = x[place * c.stride + i];
                if (v > top || (v != v && top == top)) place = r;
            }
            y[i] = place;
        }
    }
}

}  // namespace pellucid::PELLUCID_ISA
