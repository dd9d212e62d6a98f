// Elements by number: gather, scatter_add, one_hot.
#include "../kernels.h"
#include "copy.h"
#include "../simd.h"

namespace pellucid::PELLUCID_ISA {

struct Places {
    Int outer, size, count, inner;
    const Int* index;
};

// The sizes of a call of gather or scatter_add, that of the rows filled in.
static Places places(const Call& call, const Frame& frame) {
    const Int* const ints = call.ints;
    const Int outer = ints[1] == 1 ? frame.rows * ints[2] : ints[2];
    const Int count = ints[1] == 2 ? frame.rows * ints[4] : ints[4];
    return {outer, ints[3], count, ints[5], frame.at<Int>(call, 1)};
}

// Note the first number that is outside of 0 .. size - 1, if there is one.
static bool all_inside(const Places& p, Fault* fault) {
    for (Int k = 0; k < p.count; ++k) {
        if (p.index[k] >= 0 && p.index[k] < p.size) continue;
        fault->outside(p.index[k], p.size);
        return false;
    }
    return true;
}

template <class E>
static void gather_elements(const Call& call, const Frame& frame) {
    const Places p = places(call, frame);
    if (!all_inside(p, frame.fault)) return;
    const E* table = frame.at<E>(call, 0);
    E* y = frame.at<E>(call, 2);
    const std::size_t bytes = static_cast<std::size_t>(p.inner) * sizeof(E);
    for (Int o = 0; o < p.outer; ++o, table += p.size * p.inner, y += p.count * p.inner) {
        if (p.inner == 1)
            for (Int k = 0; k < p.count; ++k) y[k] = table[p.index[k]];
        else
            for (Int k = 0; k < p.count; ++k)
                copy_bytes(y + k * p.inner, table + p.index[k] * p.inner, bytes);
    }
}

template <class T>
void gather(const Call& call, const Frame& frame) {
    if (call.ints[0] == 0) return gather_elements<T>(call, frame);
    if (call.ints[0] == 1) return gather_elements<Int>(call, frame);
    return gather_elements<std::uint8_t>(call, frame);
}

template <class T>
void scatter_add(const Call& call, const Frame& frame) {
    const Places p = places(call, frame);
    if (!all_inside(p, frame.fault)) return;
    const T* updates = frame.at<T>(call, 0);
    T* y = frame.at<T>(call, 2);
    const Int whole = p.outer * p.size * p.inner;
    if (whole > 0) std::memset(y, 0, static_cast<std::size_t>(whole) * sizeof(T));
    for (Int o = 0; o < p.outer; ++o, updates += p.count * p.inner, y += p.size * p.inner)
        for (Int k = 0; k < p.count; ++k) {
            const T* const from = updates + k * p.inner;
            T* const to = y + p.index[k] * p.inner;
            Int i = 0;
            for (; i + WIDTH<T> <= p.inner; i += WIDTH<T>)
                store<T>(to + i, load<T>(to + i) + load<T>(from + i));
            for (; i < p.inner; ++i) to[i] += from[i];
        }
}

template <class T>
void one_hot(const Call& call, const Frame& frame) {
    const Int rows = call.ints[0] ? frame.rows * call.ints[0] : 1;
    const Int count = rows * call.ints[1], depth = call.ints[2];
    const Int* const index = frame.at<Int>(call, 0);
    T* const y = frame.at<T>(call, 1);
    if (count * depth == 0) return;
    std::memset(y, 0, static_cast<std::size_t>(count * depth) * sizeof(T));
    for (Int k = 0; k < count; ++k)
        if (index[k] >= 0 && index[k] < depth) y[k * depth + index[k]] = 1;
}

PELLUCID_BOTH(gather)
PELLUCID_BOTH(scatter_add)
PELLUCID_BOTH(one_hot)

}  // namespace pellucid::PELLUCID_ISA
