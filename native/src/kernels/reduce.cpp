// Reductions y[o][i] = op over r of x[o][r][i].
//
// Where inner is 1 a vector runs along r, else along i, so that every load is contiguous. Each
// element of y is computed in the same order whatever the shares, so that their number does not
// show.
#include "../kernels.h"
#include "reduce_exp.h"
#include "reduce_most.h"
#include "reduce_sum.h"

namespace pellucid::PELLUCID_ISA {

enum { SUM = 0, MEAN = 1, MAX = 2, LOGSUMEXP = 3, ARGMAX = 4 };

// The part of a reduction that falls to a share: outer by outer, or columns where these are too
// few.
struct Piece {
    Range outer, inner;
};
static Piece piece_of(Int outer, Int inner, const Frame& frame) {
    constexpr Int COLUMNS = 64;  // no two shares write to one cache line
    if (outer >= frame.shares || inner <= COLUMNS)
        return {part(outer, 1, frame.share, frame.shares), {0, inner}};
    return {{0, outer}, part(inner, COLUMNS, frame.share, frame.shares)};
}

template <class T>
static void reduce_floats(Int op, const Columns& c, const T* x, T* y) {
    if (op == SUM || op == MEAN)
        fold<Sum, T>(c, x, y);
    else if (op == MAX)
        fold<Max, T>(c, x, y);
    else
        logsumexp<T>(c, x, y);
    if (op == MEAN)
        for (Int i = 0; i < c.count; ++i) y[i] = y[i] / static_cast<T>(c.reduced);
}

template <class E, class Out, class Reduce>
static void for_each_piece(const Call& call, const Frame& frame, Reduce reduce) {
    const Int* const ints = call.ints;
    const Int outer = ints[2] ? frame.rows * ints[3] : ints[3];
    const Int reduced = ints[4], inner = ints[5];
    const Piece piece = piece_of(outer, inner, frame);
    const Columns columns = {reduced, inner, piece.inner.end - piece.inner.begin};
    if (columns.count <= 0) return;
    const E* const x = frame.at<E>(call, 0) + piece.inner.begin;
    Out* const y = frame.at<Out>(call, 1) + piece.inner.begin;
    for (Int o = piece.outer.begin; o < piece.outer.end; ++o)
        reduce(columns, x + o * reduced * inner, y + o * inner);
}

template <class T>
void reduce(const Call& call, const Frame& frame) {
    const Int op = call.ints[0], kind = call.ints[1];
    if (op == ARGMAX && kind == 0)
        for_each_piece<T, Int>(call, frame, [](const Columns& c, const T* x, Int* y) {
            argmax(c, x, y);
        });
    else if (op == ARGMAX && kind == 1)
        for_each_piece<Int, Int>(call, frame, [](const Columns& c, const Int* x, Int* y) {
            argmax_simply(c, x, y);
        });
    else if (op == ARGMAX)
        for_each_piece<std::uint8_t, Int>(
            call, frame, [](const Columns& c, const std::uint8_t* x, Int* y) {
                argmax_simply(c, x, y);
            });
    else if (kind == 1)
        for_each_piece<std::uint64_t, std::uint64_t>(
            call, frame, [](const Columns& c, const std::uint64_t* x, std::uint64_t* y) {
                sum_words(c, x, y);
            });
    else
        for_each_piece<T, T>(call, frame, [op](const Columns& c, const T* x, T* y) {
            reduce_floats<T>(op, c, x, y);
        });
}

PELLUCID_BOTH(reduce)

}  // namespace pellucid::PELLUCID_ISA
