// Sums and maxima of columns: y[i] = op over r of x[r][i], for some of the columns of x.
#pragma once

#include "../simd.h"

namespace pellucid::PELLUCID_ISA {

// `count` columns of a matrix of `reduced` rows, `stride` elements apart.
struct Columns {
    Int reduced, stride, count;
};

constexpr double INFINITE = __builtin_inf();

// What is folded: the value of nothing, and how two values (vectors or numbers) become one.
struct Sum {
    static constexpr double NOTHING = 0;
    template <class V>
    static inline __attribute__((always_inline)) V join(V a, V b) {
        return a + b;
    }
};
struct Max {
    static constexpr double NOTHING = -INFINITE;
    // NaN wins: a is kept where it is at least b, or NaN.
    template <class V>
    static inline __attribute__((always_inline)) V join(V a, V b) {
        return (a >= b) | (a != a) ? a : b;
    }
};

// Two, four, eight rows at a time are joined as a tree: fewer rounding errors than one after the
// other.
template <class Fold, class V, class Row>
static inline __attribute__((always_inline)) V join_eight(Row row) {
    const V a = Fold::join(Fold::template join<V>(row(0), row(1)),
                           Fold::template join<V>(row(2), row(3)));
    const V b = Fold::join(Fold::template join<V>(row(4), row(5)),
                           Fold::template join<V>(row(6), row(7)));
    return Fold::join(a, b);
}

// y stays in the cache while the rows of x stream past, eight by eight.
template <class Fold, class T>
static void fold_rows(const Columns& c, const T* x, T* y) {
    for (Int i = 0; i < c.count; ++i) y[i] = static_cast<T>(Fold::NOTHING);
    Int r = 0;
    for (; r + 8 <= c.reduced; r += 8) {
        const T* const from = x + r * c.stride;
        Int i = 0;
        for (; i + WIDTH<T> <= c.count; i += WIDTH<T>) {
            const auto row = [&](Int k) { return load<T>(from + k * c.stride + i); };
            store<T>(y + i, Fold::join(load<T>(y + i), join_eight<Fold, Vec<T>>(row)));
        }
        for (; i < c.count; ++i) {
            const auto row = [&](Int k) { return from[k * c.stride + i]; };
            y[i] = Fold::join(y[i], join_eight<Fold, T>(row));
        }
    }
    for (; r < c.reduced; ++r) {
        const T* const from = x + r * c.stride;
        Int i = 0;
        for (; i + WIDTH<T> <= c.count; i += WIDTH<T>)
            store<T>(y + i, Fold::join(load<T>(y + i), load<T>(from + i)));
        for (; i < c.count; ++i) y[i] = Fold::join(y[i], from[i]);
    }
}

// Narrow rows: WIDTH of them side by side make one wide row, whose columns are folded at the end.
template <class Fold, class T>
static void fold_narrow(const Columns& c, const T* x, T* y) {
    alignas(64) T wide[WIDTH<T> * WIDTH<T>];
    const Int tall = c.reduced / WIDTH<T>;
    fold_rows<Fold>(Columns{tall, c.stride * WIDTH<T>, c.stride * WIDTH<T>}, x, wide);
    for (Int i = 0; i < c.count; ++i) {
        T total = wide[i];
        for (Int k = 1; k < WIDTH<T>; ++k) total = Fold::join(total, wide[k * c.stride + i]);
        for (Int r = tall * WIDTH<T>; r < c.reduced; ++r)
            total = Fold::join(total, x[r * c.stride + i]);
        y[i] = total;
    }
}

// A single column, whose elements are contiguous: blocks of eight vectors by fours, so that neither
// the latency of an addition nor a long row of them counts.
template <class Fold, class T>
static T fold_line(const T* x, Int count) {
    constexpr Int W = WIDTH<T>, BLOCK = 64;  // steps of four vectors before they are joined
    T total = static_cast<T>(Fold::NOTHING);
    Int i = 0;
    if (count >= W) {
        Vec<T> all = splat<T>(total);
        while (i + 4 * W <= count) {
            Vec<T> a = load<T>(x + i), b = load<T>(x + i + W);
            Vec<T> d = load<T>(x + i + 2 * W), e = load<T>(x + i + 3 * W);
            const Int end = least(count - 4 * W, i + BLOCK * 4 * W);
            for (i += 4 * W; i <= end; i += 4 * W) {
                a = Fold::join(a, load<T>(x + i));
                b = Fold::join(b, load<T>(x + i + W));
                d = Fold::join(d, load<T>(x + i + 2 * W));
                e = Fold::join(e, load<T>(x + i + 3 * W));
            }
            all = Fold::join(all, Fold::join(Fold::join(a, b), Fold::join(d, e)));
        }
        for (; i + W <= count; i += W) all = Fold::join(all, load<T>(x + i));
        T lanes[W];
        store<T>(lanes, all);
        for (Int half = W / 2; half > 0; half /= 2)
            for (Int k = 0; k < half; ++k) lanes[k] = Fold::join(lanes[k], lanes[k + half]);
        total = lanes[0];
    }
    for (; i < count; ++i) total = Fold::join(total, x[i]);
    return total;
}

template <class Fold, class T>
static void fold(const Columns& c, const T* x, T* y) {
    if (c.stride == 1)
        *y = fold_line<Fold>(x, c.reduced);
    else if (c.stride < WIDTH<T> && c.reduced >= WIDTH<T>)
        fold_narrow<Fold>(c, x, y);
    else
        fold_rows<Fold>(c, x, y);
}

// Sums of whole numbers, modulo 2^64.
static void sum_words(const Columns& c, const std::uint64_t* x, std::uint64_t* y) {
    if (c.stride == 1) {
        std::uint64_t total = 0;
        for (Int r = 0; r < c.reduced; ++r) total += x[r];
        *y = total;
        return;
    }
    for (Int i = 0; i < c.count; ++i) y[i] = 0;
    for (Int r = 0; r < c.reduced; ++r)
        for (Int i = 0; i < c.count; ++i) y[i] += x[r * c.stride + i];
}

}  // namespace pellucid::PELLUCID_ISA
