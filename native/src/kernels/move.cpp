// Copies: pick rows, move between strides, fill.
#include "../kernels.h"
#include "copy.h"
#include "transpose.h"

namespace pellucid::PELLUCID_ISA {

constexpr int MAX_RANK = 16;

struct Axis {
    Int size, x, y;  // and the strides
};

// The last two axes of a move, by the method that fits them.
template <class E>
using Plane = void (*)(const Axis& a, const Axis& b, const E* x, E* y);

template <class E>
static void copy_rows(const Axis& a, const Axis& b, const E* x, E* y) {
    const std::size_t bytes = static_cast<std::size_t>(b.size) * sizeof(E);
    for (Int i = 0; i < a.size; ++i) copy_bytes(y + i * a.y, x + i * a.x, bytes);
}
template <class E>
static void repeat(const Axis& a, const Axis& b, const E* x, E* y) {
    for (Int i = 0; i < a.size; ++i) {
        const E value = x[i * a.x];
        for (E *to = y + i * a.y, *end = to + b.size; to < end; ++to) *to = value;
    }
}
template <class E>
static void reverse(const Axis& a, const Axis& b, const E* x, E* y) {
    for (Int i = 0; i < a.size; ++i)
        for (Int j = 0; j < b.size; ++j) y[i * a.y + j] = x[i * a.x - j];
}
template <class E>
static void step(const Axis& a, const Axis& b, const E* x, E* y) {
    for (Int i = 0; i < a.size; ++i)
        for (Int j = 0; j < b.size; ++j) y[i * a.y + j * b.y] = x[i * a.x + j * b.x];
}
template <class E>
static void turn(const Axis& a, const Axis& b, const E* x, E* y) {
    transpose(a.size, b.size, x, b.x, y, a.y);
}

// Leave out axes of size 1, turn those that run backwards in y, and put the longest strides in y
// first. x and y become the offsets of the first element.
static int order(const Axis* given, int rank, Axis* axes, Int& x, Int& y) {
    int kept = 0;
    for (int k = 0; k < rank; ++k) {
        Axis axis = given[k];
        if (axis.size == 1) continue;
        if (axis.y < 0) {
            x += (axis.size - 1) * axis.x;
            y += (axis.size - 1) * axis.y;
            axis.x = -axis.x;
            axis.y = -axis.y;
        }
        int place = kept++;
        for (; place > 0 && axes[place - 1].y < axis.y; --place) axes[place] = axes[place - 1];
        axes[place] = axis;
    }
    return kept;
}

// Make one axis of two neighbours where a step of the outer one is a whole run of the inner one.
static int merge(Axis* axes, int rank) {
    int kept = 0;
    for (int k = 0; k < rank; ++k) {
        const Axis inner = axes[k];
        Axis* const outer = kept ? &axes[kept - 1] : nullptr;
        if (outer && outer->x == inner.x * inner.size && outer->y == inner.y * inner.size)
            *outer = {outer->size * inner.size, inner.x, inner.y};
        else
            axes[kept++] = inner;
    }
    return kept;
}

// The method for the last two axes; brings the axis along which x is contiguous next to the last.
template <class E>
static Plane<E> method(Axis* axes, int rank) {
    const Axis last = axes[rank - 1];
    if (last.y != 1) return step<E>;
    if (last.x == 1) return copy_rows<E>;
    if (last.x == 0) return repeat<E>;
    for (int k = 0; k < rank - 1; ++k) {
        if (axes[k].x != 1 || axes[k].size == 1) continue;
        const Axis along = axes[k];
        for (int j = k; j < rank - 2; ++j) axes[j] = axes[j + 1];
        axes[rank - 2] = along;
        return turn<E>;
    }
    return last.x == -1 ? reverse<E> : step<E>;
}

template <class E>
static void walk(const Axis* axes, int rank, const E* x, E* y, Plane<E> plane) {
    if (rank == 2) return plane(axes[0], axes[1], x, y);
    for (Int i = 0; i < axes[0].size; ++i)
        walk(axes + 1, rank - 1, x + i * axes[0].x, y + i * axes[0].y, plane);
}

template <class E>
static void move_elements(const Axis* given, int rank, const E* x, E* y) {
    Axis axes[MAX_RANK + 2];
    Int x_first = 0, y_first = 0;
    axes[0] = axes[1] = {1, 0, 0};  // so that there are always two
    const int kept = merge(axes + 2, order(given, rank, axes + 2, x_first, y_first));
    Axis* const used = axes + least(kept, 2);
    const int count = most(kept, 2);
    const Plane<E> plane = method<E>(used, count);
    walk<E>(used, count, x + x_first, y + y_first, plane);
}

template <class T>
void move(const Call& call, const Frame& frame) {
    const Int* const ints = call.ints;
    const int rank = static_cast<int>(ints[2]);
    if (rank > MAX_RANK) __builtin_trap();
    Axis axes[MAX_RANK];
    for (int k = 0; k < rank; ++k) {
        axes[k] = {ints[3 + k], ints[3 + rank + k], ints[3 + 2 * rank + k]};
        if (k == 0 && ints[1] > 0) axes[k].size = frame.rows * ints[1];
        if (axes[k].size == 0) return;
    }
    if (ints[0] == 0)
        move_elements(axes, rank, frame.at<T>(call, 0), frame.at<T>(call, 1));
    else if (ints[0] == 1)
        move_elements(axes, rank, frame.at<Int>(call, 0), frame.at<Int>(call, 1));
    else
        move_elements(axes, rank, frame.at<std::uint8_t>(call, 0), frame.at<std::uint8_t>(call, 1));
}

template <class E>
static void pick_rows(const Call& call, const Frame& frame) {
    const Int width = call.ints[0];
    E* const y = frame.at<E>(call, 1);
    for (Int r = 0; r < frame.rows; ++r)
        copy_bytes(y + r * width, frame.picked<E>(call.operands[0], r),
                   static_cast<std::size_t>(width) * sizeof(E));
}

template <class T>
void pick(const Call& call, const Frame& frame) {
    if (call.ints[1] == 0) return pick_rows<T>(call, frame);
    if (call.ints[1] == 1) return pick_rows<Int>(call, frame);
    return pick_rows<std::uint8_t>(call, frame);
}

template <class E>
static void fill_with(E* y, Int count, E value) {
    for (Int i = 0; i < count; ++i) y[i] = value;
}

template <class T>
void fill(const Call& call, const Frame& frame) {
    const Int rows = call.ints[1] ? frame.rows * call.ints[1] : 1, count = rows * call.ints[2];
    const double value = call.floats[0];
    if (call.ints[0] == 0) return fill_with(frame.at<T>(call, 0), count, static_cast<T>(value));
    if (call.ints[0] == 1) return fill_with(frame.at<Int>(call, 0), count, static_cast<Int>(value));
    fill_with(frame.at<std::uint8_t>(call, 0), count, static_cast<std::uint8_t>(value != 0));
}

PELLUCID_BOTH(pick)
PELLUCID_BOTH(move)
PELLUCID_BOTH(fill)

}  // namespace pellucid::PELLUCID_ISA
