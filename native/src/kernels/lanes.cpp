// Between rows, one sample after the other, and lanes, samples side by side: transposes.
//
// Squares of 16 bytes a side (4 x 4 floats, 2 x 2 doubles) turn in registers. Of each row a cache
// line is used up at once: in pictures whose size is a power of two all rows compete for the same
// places in the cache, and a line that is left half read would have to come again.
#include "../simd.h"

namespace pellucid::PELLUCID_ISA {

namespace {

template <class T>
struct Square {
    static constexpr int SIDE = 16 / sizeof(T);
    typedef T Line __attribute__((vector_size(16), may_alias));
    Line lines[SIDE];
};

template <class T>
inline __attribute__((always_inline)) Square<T> transposed(const Square<T>& s) {
    if constexpr (Square<T>::SIDE == 2) {
        return {__builtin_shufflevector(s.lines[0], s.lines[1], 0, 2),
                __builtin_shufflevector(s.lines[0], s.lines[1], 1, 3)};
    } else {
        const auto a = __builtin_shufflevector(s.lines[0], s.lines[1], 0, 4, 1, 5);
        const auto b = __builtin_shufflevector(s.lines[2], s.lines[3], 0, 4, 1, 5);
        const auto c = __builtin_shufflevector(s.lines[0], s.lines[1], 2, 6, 3, 7);
        const auto d = __builtin_shufflevector(s.lines[2], s.lines[3], 2, 6, 3, 7);
        return {__builtin_shufflevector(a, b, 0, 1, 4, 5),
                __builtin_shufflevector(a, b, 2, 3, 6, 7),
                __builtin_shufflevector(c, d, 0, 1, 4, 5),
                __builtin_shufflevector(c, d, 2, 3, 6, 7)};
    }
}

// The columns of x that start at `column` become rows of y; rows of x beyond `live` are zeros.
template <class T>
inline __attribute__((always_inline)) void turn_in(const T* const* rows, Int column, Int live,
                                                   T* y) {
    Square<T> square{};
    for (int r = 0; r < Square<T>::SIDE; ++r)
        if (r < live) std::memcpy(&square.lines[r], rows[r] + column, 16);
    square = transposed(square);
    for (int r = 0; r < Square<T>::SIDE; ++r) std::memcpy(y + r * LANES, &square.lines[r], 16);
}

template <class T>
inline __attribute__((always_inline)) void turn_out(const T* x, T* y, Int width, Int live) {
    Square<T> square{};
    for (int r = 0; r < Square<T>::SIDE; ++r) std::memcpy(&square.lines[r], x + r * LANES, 16);
    square = transposed(square);
    for (int r = 0; r < Square<T>::SIDE; ++r)
        if (r < live) std::memcpy(y + r * width, &square.lines[r], 16);
}

constexpr Int LINE_BYTES = 64;

// Do all squares: action(row, column, rows that are live), and the columns left over: rest(column).
template <class T, class Action, class Rest>
inline __attribute__((always_inline)) void each_square(Int width, Int live, Int rows,
                                                       Action action, Rest rest) {
    constexpr Int SIDE = Square<T>::SIDE, LINE = LINE_BYTES / sizeof(T);
    const Int whole = width / SIDE * SIDE;
    for (Int column = 0; column < whole; column += LINE)
        for (Int r = 0; r < rows; r += SIDE) {
            const Int end = least(column + LINE, whole);
            if (live - r >= SIDE)
                for (Int c = column; c < end; c += SIDE) action(r, c, SIDE);
            else
                for (Int c = column; c < end; c += SIDE) action(r, c, live - r);
        }
    for (Int column = whole; column < width; ++column) rest(column);
}

}  // namespace

template <class T>
void to_lanes(const Call& call, const Frame& frame) {
    const Int width = call.ints[0];
    const bool picked = call.ints[1] != 0;
    const Int live = least(frame.rows, LANES);
    const T* rows[LANES] = {};
    for (Int r = 0; r < live; ++r)
        rows[r] = picked ? frame.picked<T>(call.operands[0], r) : frame.at<T>(call, 0) + r * width;
    T* y = frame.at<T>(call, 1);
    each_square<T>(
        width, live, LANES,
        [&](Int r, Int column, Int there) {
            turn_in<T>(rows + r, column, there, y + column * LANES + r);
        },
        [&](Int column) {
            for (Int r = 0; r < LANES; ++r)
                y[column * LANES + r] = r < live ? rows[r][column] : T(0);
        });
}

template <class T>
void to_rows(const Call& call, const Frame& frame) {
    const Int width = call.ints[0], live = least(frame.rows, LANES);
    const T* x = frame.at<T>(call, 0);
    T* y = frame.at<T>(call, 1);
    each_square<T>(
        width, live, live,
        [&](Int r, Int column, Int there) {
            turn_out<T>(x + column * LANES + r, y + r * width + column, width, there);
        },
        [&](Int column) {
            for (Int r = 0; r < live; ++r) y[r * width + column] = x[column * LANES + r];
        });
}

PELLUCID_BOTH(to_lanes)
PELLUCID_BOTH(to_rows)

}  // namespace pellucid::PELLUCID_ISA
