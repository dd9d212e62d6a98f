// ln of the sum of e^x over rows, the largest x taken out first.
#pragma once

#include "math.h"
#include "reduce_sum.h"

namespace pellucid::PELLUCID_ISA {

// The largest x where it is finite, else 0: inf - inf would be NaN.
template <class T>
static inline Vec<T> shift_of(Vec<T> top) {
    return select<T>(top - top == T(0), top, Vec<T>{});
}

template <class T>
static T logsumexp_line(const T* x, Int count) {
    const Vec<T> shift = shift_of<T>(splat<T>(fold_line<Max>(x, count)));
    Vec<T> totals{};
    Int r = 0;
    for (; r + WIDTH<T> <= count; r += WIDTH<T>) totals += vexp<T>(load<T>(x + r) - shift);
    T lanes[2 * WIDTH<T>];
    store<T>(lanes, totals);
    if (r < count) {
        const Vec<T> rest = load_some<T>(x + r, count - r) - shift;
        store<T>(lanes + WIDTH<T>, vexp<T>(rest));
    }
    const T total = fold_line<Sum>(lanes, WIDTH<T> + count - r);
    return (vlog<T>(splat<T>(total)) + shift)[0];
}

// WIDTH columns at a time, the last of them perhaps not all there.
template <class T>
static void logsumexp_columns(const Columns& c, const T* x, T* y) {
    for (Int from = 0; from < c.count; from += WIDTH<T>) {
        const Int columns = least(Int{WIDTH<T>}, c.count - from);
        const bool all = columns == WIDTH<T>;
        const auto row = [&](Int r) {
            const T* const at = x + r * c.stride + from;
            return all ? load<T>(at) : load_some<T>(at, columns);
        };
        Vec<T> top = splat<T>(static_cast<T>(Max::NOTHING)), totals{};
        for (Int r = 0; r < c.reduced; ++r) top = Max::join(top, row(r));
        const Vec<T> shift = shift_of<T>(top);
        for (Int r = 0; r < c.reduced; ++r) totals += vexp<T>(row(r) - shift);
        store_some<T>(y + from, vlog<T>(totals) + shift, columns);
    }
}

template <class T>
static void logsumexp(const Columns& c, const T* x, T* y) {
    if (c.stride == 1)
        *y = logsumexp_line(x, c.reduced);
    else
        logsumexp_columns(c, x, y);
}

}  // namespace pellucid::PELLUCID_ISA
