// Pooling on samples side by side ("lanes"): each place of the window is a vector of samples.
#include "../simd.h"
#include "window.h"

namespace pellucid::PELLUCID_ISA {

namespace {

// What of a window lies on the picture, as offsets in elements from the start of x and of y.
struct Place {
    Int x, y, rows, columns;
};

Range clipped(Int start, Int size, Int limit) {
    return {most(start, Int{0}), least(start + size, limit)};
}

template <class Action>
inline __attribute__((always_inline)) void each_place(const PoolShape& n, Action action) {
    Int y = 0;
    for (Int c = 0; c < n.channels; ++c)
        for (Int i = 0; i < n.out_height; ++i) {
            const Range rows = clipped(i * n.stride[0] - n.padding[0], n.size[0], n.height);
            for (Int j = 0; j < n.out_width; ++j, y += LANES) {
                const Range across = clipped(j * n.stride[1] - n.padding[1], n.size[1], n.width);
                const Int x = ((c * n.height + rows.begin) * n.width + across.begin) * LANES;
                action(Place{x, y, rows.end - rows.begin, across.end - across.begin});
            }
        }
}

// Whether windows of 2 x 2 lie side by side, none of them on padding.
bool halves(const PoolShape& n) {
    return n.size[0] == 2 && n.size[1] == 2 && n.stride[0] == 2 && n.stride[1] == 2 &&
           n.padding[0] == 0 && n.padding[1] == 0 && 2 * n.out_height <= n.height &&
           2 * n.out_width <= n.width;
}

std::size_t picture_bytes(const PoolShape& n, std::size_t item) {
    return static_cast<std::size_t>(n.channels * n.height * n.width * LANES) * item;
}

// Whether x takes the place of the largest so far: it is larger, or the first NaN.
template <class T>
inline __attribute__((always_inline)) Bits<T> beats(Vec<T> x, Vec<T> top) {
    return ~(x <= top) & (top == top);
}

// The largest element of each sample's window, and which it is, counted row by row.
template <class T>
struct Best {
    Vec<T> top;
    Bits<T> which;
};
template <class T>
inline __attribute__((always_inline)) Best<T> best(const T* x, Int rows, Int columns, Int width) {
    Best<T> result{load(x), Bits<T>{}};
    Bits<T> which{};
    for (Int u = 0; u < rows; ++u)
        for (Int v = 0; v < columns; ++v) {
            const Vec<T> here = load(x + u * width + v * LANES);
            const Bits<T> wins = beats<T>(here, result.top);
            result.top = select<T>(wins, here, result.top);
            result.which = (wins & which) | (~wins & result.which);
            which += 1;
        }
    return result;
}

template <class T>
inline __attribute__((always_inline)) Vec<T> only(Bits<T> mask, Vec<T> v) {
    return reinterpret_cast<Vec<T>>(mask & reinterpret_cast<Bits<T>>(v));
}

// The gradient of one window of 2 x 2, all of it: g where the largest is, else 0.
template <class T>
inline __attribute__((always_inline)) void spread_half(const T* x, const T* g, T* dx, Int width) {
    const Vec<T> a = load(x), b = load(x + LANES), share = load(g);
    const Vec<T> c = load(x + width), d = load(x + width + LANES);
    const Bits<T> second = beats<T>(b, a), fourth = beats<T>(d, c);
    const Vec<T> upper = select<T>(second, b, a), lower = select<T>(fourth, d, c);
    const Bits<T> below = beats<T>(lower, upper);
    store(dx, only<T>(~(below | second), share));
    store(dx + LANES, only<T>(~below & second, share));
    store(dx + width, only<T>(below & ~fourth, share));
    store(dx + width + LANES, only<T>(below & fourth, share));
}

// What windows of 2 x 2 leave out of a picture with an odd side.
template <class T>
void clear_odd(const PoolShape& n, T* dx) {
    const Int used_rows = 2 * n.out_height, used = 2 * n.out_width;
    for (Int c = 0; c < n.channels; ++c, dx += n.height * n.width * LANES)
        for (Int i = 0; i < n.height; ++i) {
            const Int from = i < used_rows ? used : 0;
            std::memset(dx + (i * n.width + from) * LANES, 0,
                        static_cast<std::size_t>((n.width - from) * LANES) * sizeof(T));
        }
}

// How many elements the mean of a place divides by.
Int divisor(const PoolShape& n, const Place& place, bool count_padding) {
    return count_padding ? n.size[0] * n.size[1] : place.rows * place.columns;
}

template <class T>
inline __attribute__((always_inline)) Vec<T> total(const T* x, Int rows, Int columns, Int width) {
    Vec<T> sum{};
    for (Int u = 0; u < rows; ++u)
        for (Int v = 0; v < columns; ++v) sum += load(x + u * width + v * LANES);
    return sum;
}

}  // namespace

template <class T>
void max_pool2d(const Call& call, const Frame& frame) {
    const PoolShape n(call.ints);
    const T* x = frame.at<T>(call, 0);
    T* y = frame.at<T>(call, 1);
    const Int width = n.width * LANES;
    each_place(n, [=](const Place& place) {
        const bool small = place.rows == 2 && place.columns == 2;
        UNROLL for (int lane = 0; lane < LANES; lane += WIDTH<T>) {
            const T* window = x + place.x + lane;
            const Best<T> found = small ? best<T>(window, 2, 2, width)
                                        : best<T>(window, place.rows, place.columns, width);
            store(y + place.y + lane, found.top);
        }
    });
}

template <class T>
void max_pool2d_gradient(const Call& call, const Frame& frame) {
    const PoolShape n(call.ints);
    const T *x = frame.at<T>(call, 0), *g = frame.at<T>(call, 1);
    T* dx = frame.at<T>(call, 2);
    const Int width = n.width * LANES;
    if (halves(n)) {
        each_place(n, [=](const Place& place) {
            UNROLL for (int lane = 0; lane < LANES; lane += WIDTH<T>)
                spread_half(x + place.x + lane, g + place.y + lane, dx + place.x + lane, width);
        });
        clear_odd(n, dx);
        return;
    }
    std::memset(dx, 0, picture_bytes(n, sizeof(T)));
    each_place(n, [=](const Place& place) {
        for (int lane = 0; lane < LANES; lane += WIDTH<T>) {
            const T* window = x + place.x + lane;
            const Bits<T> winner = best<T>(window, place.rows, place.columns, width).which;
            const Vec<T> share = load(g + place.y + lane);
            Bits<T> which{};
            for (Int u = 0; u < place.rows; ++u)
                for (Int v = 0; v < place.columns; ++v) {
                    T* to = dx + place.x + lane + u * width + v * LANES;
                    store(to, load(to) + only<T>(winner == which, share));
                    which += 1;
                }
        }
    });
}

template <class T>
void max_pool2d_select(const Call& call, const Frame& frame) {
    const PoolShape n(call.ints);
    const T *x = frame.at<T>(call, 0), *values = frame.at<T>(call, 1);
    T* y = frame.at<T>(call, 2);
    const Int width = n.width * LANES;
    each_place(n, [=](const Place& place) {
        for (int lane = 0; lane < LANES; lane += WIDTH<T>) {
            const T* window = x + place.x + lane;
            const Bits<T> winner = best<T>(window, place.rows, place.columns, width).which;
            Vec<T> chosen{};
            Bits<T> which{};
            for (Int u = 0; u < place.rows; ++u)
                for (Int v = 0; v < place.columns; ++v) {
                    const Vec<T> here = load(values + place.x + lane + u * width + v * LANES);
                    chosen = select<T>(winner == which, here, chosen);
                    which += 1;
                }
            store(y + place.y + lane, chosen);
        }
    });
}

template <class T>
void avg_pool2d(const Call& call, const Frame& frame) {
    const PoolShape n(call.ints);
    const bool count_padding = call.ints[11] != 0;
    const T* x = frame.at<T>(call, 0);
    T* y = frame.at<T>(call, 1);
    const Int width = n.width * LANES;
    each_place(n, [=, &n](const Place& place) {
        const bool small = place.rows == 2 && place.columns == 2;
        const Vec<T> count = splat(static_cast<T>(divisor(n, place, count_padding)));
        UNROLL for (int lane = 0; lane < LANES; lane += WIDTH<T>) {
            const T* window = x + place.x + lane;
            const Vec<T> sum = small ? total<T>(window, 2, 2, width)
                                     : total<T>(window, place.rows, place.columns, width);
            store(y + place.y + lane, sum / count);
        }
    });
}

template <class T>
void avg_pool2d_gradient(const Call& call, const Frame& frame) {
    const PoolShape n(call.ints);
    const bool count_padding = call.ints[11] != 0;
    const T* g = frame.at<T>(call, 0);
    T* dx = frame.at<T>(call, 1);
    const Int width = n.width * LANES;
    std::memset(dx, 0, picture_bytes(n, sizeof(T)));
    each_place(n, [=, &n](const Place& place) {
        const Vec<T> count = splat(static_cast<T>(divisor(n, place, count_padding)));
        UNROLL for (int lane = 0; lane < LANES; lane += WIDTH<T>) {
            const Vec<T> share = load(g + place.y + lane) / count;
            for (Int u = 0; u < place.rows; ++u)
                for (Int v = 0; v < place.columns; ++v) {
                    T* to = dx + place.x + lane + u * width + v * LANES;
                    store(to, load(to) + share);
                }
        }
    });
}

PELLUCID_BOTH(max_pool2d)
PELLUCID_BOTH(max_pool2d_gradient)
PELLUCID_BOTH(max_pool2d_select)
PELLUCID_BOTH(avg_pool2d)
PELLUCID_BOTH(avg_pool2d_gradient)

}  // namespace pellucid::PELLUCID_ISA
