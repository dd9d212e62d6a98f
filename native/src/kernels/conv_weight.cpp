// The gradient of convolution with respect to the kernel, on samples side by side ("lanes").
//
// dw[o][c][u][v] is a sum over places and samples of g times the element of x under that tap. A
// tile of several output channels by several taps is summed lane by lane in registers; the lanes of
// a sum are added up only when it is complete. Until then sums wait in scratch, while a block of
// rows of g that stays in the nearest cache meets all the taps and channels.
#include "../simd.h"
#include "window.h"

namespace pellucid::PELLUCID_ISA {

namespace {

constexpr int MOST_TAPS = 6, TILE = 12;  // taps, sums of a tile
constexpr int most_outs(int taps) { return least(6, TILE / taps); }
constexpr Int SUMS_BYTES = 16384, ROWS_BYTES = 12288;  // what shall stay in the nearest cache

// A rectangle of places, and how far apart in memory things lie.
struct Walk {
    Int rows, columns;
    Int x_row, x_column, x_tap, g_row, g_channel;
    Int sum_out, sum_tap;  // in vectors
};
template <class T>
using Tile = void (*)(const Walk&, const T* x, const T* g, Vec<T>* sums);

template <class T, int OUTS, int TAPS>
using Sums = Vec<T>[OUTS][TAPS];

// One vector of a place: the smaller side of the tile is kept in registers.
template <class T, int OUTS, int TAPS>
inline __attribute__((always_inline)) void add_place(Sums<T, OUTS, TAPS>& sums, const T* x,
                                                     const T* g, Int tap, Int channel) {
    if constexpr (OUTS <= TAPS) {
        Vec<T> response[OUTS];
        UNROLL for (int o = 0; o < OUTS; ++o) response[o] = pinned(load(g + o * channel));
        UNROLL for (int t = 0; t < TAPS; ++t) {
            const Vec<T> seen = pinned(load(x + t * tap));
            UNROLL for (int o = 0; o < OUTS; ++o) sums[o][t] += response[o] * seen;
        }
    } else {
        Vec<T> seen[TAPS];
        UNROLL for (int t = 0; t < TAPS; ++t) seen[t] = pinned(load(x + t * tap));
        UNROLL for (int o = 0; o < OUTS; ++o) {
            const Vec<T> response = pinned(load(g + o * channel));
            UNROLL for (int t = 0; t < TAPS; ++t) sums[o][t] += response * seen[t];
        }
    }
}

// NEXT: taps lie side by side, which spares address arithmetic.
template <class T, int OUTS, int TAPS, bool NEXT>
void tile(const Walk& walk, const T* x, const T* g, Vec<T>* kept) {
    const Int tap = NEXT ? LANES : walk.x_tap;
    Sums<T, OUTS, TAPS> sums;
    UNROLL for (int o = 0; o < OUTS; ++o)
        UNROLL for (int t = 0; t < TAPS; ++t)
            sums[o][t] = kept[o * walk.sum_out + t * walk.sum_tap];
    for (Int i = 0; i < walk.rows; ++i, x += walk.x_row, g += walk.g_row) {
        const T *x_place = x, *g_place = g;
        for (Int j = 0; j < walk.columns; ++j, x_place += walk.x_column, g_place += LANES)
            UNROLL for (int lane = 0; lane < LANES; lane += WIDTH<T>)
                add_place<T, OUTS, TAPS>(sums, x_place + lane, g_place + lane, tap,
                                         walk.g_channel);
    }
    UNROLL for (int o = 0; o < OUTS; ++o)
        UNROLL for (int t = 0; t < TAPS; ++t)
            kept[o * walk.sum_out + t * walk.sum_tap] = sums[o][t];
}

template <class T, int TAPS = MOST_TAPS, int OUTS = most_outs(TAPS)>
Tile<T> find_tile(Int outs, Int taps, bool next) {
    if constexpr (TAPS > 1)
        if (taps != TAPS) return find_tile<T, TAPS - 1>(outs, taps, next);
    if constexpr (OUTS > 1)
        if (outs != OUTS) return find_tile<T, TAPS, OUTS - 1>(outs, taps, next);
    return next ? tile<T, OUTS, TAPS, true> : tile<T, OUTS, TAPS, false>;
}

// Add up the lanes of `count` sums into dw, four or two at a time: fold each to 16 bytes, then
// transpose.
template <class T>
void add_lanes(const Vec<T>* sums, Int count, bool fresh, T* dw) {
    constexpr int SOME = 16 / sizeof(T), FOLDS = VECTOR_BYTES / 16;
    typedef T Quarter __attribute__((vector_size(16), may_alias));
    for (Int k = 0; k < count; k += SOME) {
        T lanes[SOME][SOME] = {};
        const int here = static_cast<int>(least(Int{SOME}, count - k));
        for (int s = 0; s < here; ++s) {
            const Quarter* parts = reinterpret_cast<const Quarter*>(sums + k + s);
            Quarter folded = parts[0];
            UNROLL for (int f = 1; f < FOLDS; ++f) folded += parts[f];
            std::memcpy(lanes[s], &folded, sizeof folded);
        }
        for (int s = 0; s < here; ++s) {
            T total = lanes[s][0];
            UNROLL for (int l = 1; l < SOME; ++l) total += lanes[s][l];
            dw[k + s] = fresh ? total : dw[k + s] + total;
        }
    }
}

template <class T>
struct WeightGradient {
    ConvShape n;
    Axis rows, columns;
    bool by_channel;      // kernels of one column: the taps of a tile are channels
    Int block;            // rows of g at a time
    Int outs, channels;   // those at hand
    Vec<T>* sums;         // [outs][channels][kernel height][kernel width]

    Int sum_out() const { return channels * n.kernel(); }

    // The rows of g in `block` and columns in `across`, under tap row u, taps [v.begin, v.end).
    void place(const T* x, const T* g, Range block, Range across, Int u, Range v, Int c,
               Int c_count) const {
        const Range reached = rows.reached(u);
        const Int begin = most(block.begin, reached.begin), end = least(block.end, reached.end);
        if (begin >= end || across.begin >= across.end || v.begin >= v.end) return;
        const Int width = n.width * LANES;
        const Walk walk{end - begin, across.end - across.begin,
                        rows.step * width, columns.step * LANES,
                        by_channel ? n.picture() : columns.tap * LANES,
                        n.out_width * LANES, n.response(), sum_out(),
                        by_channel ? n.kernel() : 1};
        x += c * n.picture() + (rows.step * begin + rows.tap * u + rows.origin) * width +
             (columns.step * across.begin + columns.tap * v.begin + columns.origin) * LANES;
        g += begin * walk.g_row + across.begin * LANES;
        const Int taps = by_channel ? c_count : v.end - v.begin;
        find_tile<T>(outs, taps, walk.x_tap == LANES)(
            walk, x, g, sums + c * n.kernel() + u * n.kernel_width + v.begin);
    }

    // The columns of g under which all taps v lie on the picture.
    Range middle(Range v) const {
        const Range first = columns.reached(v.begin), last = columns.reached(v.end - 1);
        const Range all{most(first.begin, last.begin), least(first.end, last.end)};
        return all.begin < all.end ? all : Range{columns.places, columns.places};
    }

    // The other columns, one by one, each with the taps that do.
    void edges(const T* x, const T* g, Int u, Range v, Int c, Int c_count) const {
        const Range all = middle(v);
        for (Int j = 0; j < columns.places; ++j) {
            if (j == all.begin) j = all.end;
            if (j >= columns.places) break;
            const Range inside = columns.inside(j);
            const Range some{most(v.begin, inside.begin), least(v.end, inside.end)};
            place(x, g, {0, rows.places}, {j, j + 1}, u, some, c, c_count);
        }
    }

    // Each tile of taps and channels: action(u, v, first channel, channels).
    template <class Action>
    void each_tile(Action action) const {
        const Int most_taps = n.kernel_width <= MOST_TAPS ? MOST_TAPS : 4;
        const Int most_channels = by_channel ? 4 : 1;
        for (Int m = 0; m * most_channels < channels; ++m)
            for (Int u = 0; u < rows.taps; ++u)
                for (Int k = 0; k * most_taps < columns.taps; ++k) {
                    const Range c = piece(channels, most_channels, m);
                    action(u, piece(columns.taps, most_taps, k), c.begin, c.end - c.begin);
                }
    }

    void run(const T* x, const T* g) const {
        for (Int top = 0; top < rows.places; top += block)
            each_tile([=](Int u, Range v, Int c, Int c_count) {
                const Range some{top, least(top + block, rows.places)};
                place(x, g, some, middle(v), u, v, c, c_count);
            });
        each_tile([=](Int u, Range v, Int c, Int c_count) { edges(x, g, u, v, c, c_count); });
    }
};

// Samples that are not there shall add nothing.
template <class T>
void clear_dead(T* x, Int places, Int rows) {
    const std::size_t bytes = static_cast<std::size_t>(LANES - rows) * sizeof(T);
    for (Int k = 0; k < places; ++k) std::memset(x + k * LANES + rows, 0, bytes);
}

}  // namespace

template <class T>
void conv2d_weight_gradient(const Call& call, const Frame& frame) {
    const ConvShape n(call.ints);
    T *x = frame.at<T>(call, 0), *g = frame.at<T>(call, 1), *dw = frame.at<T>(call, 2);
    if (frame.rows < LANES) {
        clear_dead(x, n.channels * n.height * n.width, frame.rows);
        clear_dead(g, n.outs * n.out_height * n.out_width, frame.rows);
    }
    const Int taken = n.channels / n.groups, outs = n.outs / n.groups;
    WeightGradient<T> task{
        n,
        {n.out_height, n.kernel_height, n.stride[0], n.dilation[0], -n.padding[0], n.height},
        {n.out_width, n.kernel_width, n.stride[1], n.dilation[1], -n.padding[1], n.width},
        n.kernel_width == 1 && taken > 1, 0, 0, 0, reinterpret_cast<Vec<T>*>(frame.scratch)};
    const Int taps = task.by_channel ? least(taken, Int{4}) : n.kernel_width;
    const Int tile_taps = taps <= MOST_TAPS ? taps : 4;
    const Int tile_outs = most_outs(static_cast<int>(tile_taps));
    const Int row_bytes = n.out_width * LANES * Int{sizeof(T)} * tile_outs;
    task.block = most(Int{1}, ROWS_BYTES / row_bytes);
    for (Int group = 0; group < n.groups; ++group)
        for (Int k = 0; k * tile_outs < outs; ++k) {
            const Range o = piece(outs, tile_outs, k);
            task.outs = o.end - o.begin;
            const Int sum_bytes = task.outs * n.kernel() * VECTOR_BYTES;
            const Int most_channels = most(Int{1}, SUMS_BYTES / sum_bytes);
            for (Int m = 0; m * most_channels < taken; ++m) {
                const Range c = piece(taken, most_channels, m);
                task.channels = c.end - c.begin;
                const Int kept = task.outs * task.sum_out();
                std::memset(task.sums, 0, static_cast<std::size_t>(kept) * VECTOR_BYTES);
                task.run(x + (group * taken + c.begin) * n.picture(),
                         g + (group * outs + o.begin) * n.response());
                for (Int out = 0; out < task.outs; ++out)
                    add_lanes<T>(task.sums + out * task.sum_out(), task.sum_out(), frame.fresh,
                                 dw + ((group * outs + o.begin + out) * taken + c.begin) *
                                          n.kernel());
            }
        }
}

PELLUCID_BOTH(conv2d_weight_gradient)

}  // namespace pellucid::PELLUCID_ISA
