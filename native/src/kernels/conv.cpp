// Convolution and its gradient with respect to the pictures, on samples side by side ("lanes").
//
// Both are correlations: an output place is a sum over channels and taps of a weight (the same for
// all samples: a broadcast) times an element of the source (a vector of samples). A tile of several
// output channels by several places stays in registers through the whole sum, so that nothing is
// unfolded and each layer fills its vectors whatever its number of channels.
//
// The gradient gathers: element k of the picture is under tap u of place i if k = s i + d u - p.
// The elements k = r + s m of one remainder r see every tap u with d u = r + p (mod s), at the
// places i = m + (r + p - d u) / s: for each r a correlation of stride 1, backwards through g.
#include "../simd.h"
#include "window.h"

namespace pellucid::PELLUCID_ISA {

namespace {

constexpr int MOST_OUTS = 6;
constexpr Int SOURCE_BYTES = 262144;  // a source that may be gone through again for each tile
constexpr Int MOST_TAPS = 144;        // of a larger one in a sum, unless one channel has more
template <class T>
constexpr int HELD = least(LANES / WIDTH<T>, Int{REGISTERS == 32 ? 4 : 2});  // vectors of a place
// Places in a tile of so many channels: accumulators take three quarters of the registers.
template <class T>
constexpr int most_places(int outs) {
    return most(1, least(6, REGISTERS * 3 / 4 / HELD<T> / most(1, outs)));
}

// The sum over `channels` x `rows` x `columns` taps, and how far apart in memory things lie.
struct Sum {
    Int channels, rows, columns;
    Int x_channel, x_row, x_column, w_channel, w_row;
    Int x_place, y_place, y_channel;
    bool more;  // go on from what y holds
};
// Do `tiles` tiles, one after the other, from the first one's place in x and y.
template <class T>
using Tile = void (*)(const Sum&, const T* x, const T* w, const T* bias, T* y, Int tiles);

template <class T, int OUTS, int PLACES>
using Sums = Vec<T>[OUTS][PLACES][HELD<T>];

// One tap: the smaller side of the tile is kept in registers, the other streams past it.
template <class T, int OUTS, int PLACES>
inline __attribute__((always_inline)) void add_tap(Sums<T, OUTS, PLACES>& sums, const T* x,
                                                   const T* w, Int pitch) {
    if constexpr (OUTS > 3) {
        Vec<T> seen[PLACES][HELD<T>];
        UNROLL for (int p = 0; p < PLACES; ++p)
            UNROLL for (int l = 0; l < HELD<T>; ++l)
                seen[p][l] = pinned(load(x + p * pitch + l * WIDTH<T>));
        UNROLL for (int o = 0; o < OUTS; ++o) {
            const Vec<T> weight = splat(w[o]);
            UNROLL for (int p = 0; p < PLACES; ++p)
                UNROLL for (int l = 0; l < HELD<T>; ++l) sums[o][p][l] += seen[p][l] * weight;
        }
    } else {
        Vec<T> weights[OUTS];
        UNROLL for (int o = 0; o < OUTS; ++o) weights[o] = splat(w[o]);
        UNROLL for (int p = 0; p < PLACES; ++p)
            UNROLL for (int l = 0; l < HELD<T>; ++l) {
                const Vec<T> seen = pinned(load(x + p * pitch + l * WIDTH<T>));
                UNROLL for (int o = 0; o < OUTS; ++o) sums[o][p][l] += seen * weights[o];
            }
    }
}

// NEXT: places lie side by side in the source, which spares address arithmetic.
template <class T, int OUTS, int PLACES, bool NEXT>
void tile(const Sum& sum, const T* x, const T* w, const T* bias, T* y, Int tiles) {
    const Int pitch = NEXT ? LANES : sum.x_place;
    for (; tiles > 0; --tiles, x += PLACES * pitch, y += PLACES * sum.y_place) {
        for (int lane = 0; lane < LANES; lane += HELD<T> * WIDTH<T>) {
            Sums<T, OUTS, PLACES> sums;
            T* to = y + lane;
            UNROLL for (int o = 0; o < OUTS; ++o)
                UNROLL for (int p = 0; p < PLACES; ++p)
                    UNROLL for (int l = 0; l < HELD<T>; ++l) {
                        const T* held = to + o * sum.y_channel + p * sum.y_place + l * WIDTH<T>;
                        sums[o][p][l] = sum.more ? load(held) : splat(bias ? bias[o] : T(0));
                    }
            const T *x_channel = x + lane, *w_channel = w;
            for (Int c = 0; c < sum.channels; ++c) {
                const T *x_row = x_channel, *w_row = w_channel;
                for (Int u = 0; u < sum.rows; ++u) {
                    const T *x_tap = x_row, *w_tap = w_row;
                    for (Int v = 0; v < sum.columns; ++v, x_tap += sum.x_column, w_tap += OUTS)
                        add_tap<T, OUTS, PLACES>(sums, x_tap, w_tap, pitch);
                    x_row += sum.x_row, w_row += sum.w_row;
                }
                x_channel += sum.x_channel, w_channel += sum.w_channel;
            }
            UNROLL for (int o = 0; o < OUTS; ++o)
                UNROLL for (int p = 0; p < PLACES; ++p)
                    UNROLL for (int l = 0; l < HELD<T>; ++l)
                        store(to + o * sum.y_channel + p * sum.y_place + l * WIDTH<T>,
                              sums[o][p][l]);
        }
    }
}

template <class T, int OUTS = MOST_OUTS, int PLACES = most_places<T>(OUTS)>
Tile<T> find_tile(Int outs, Int places, bool next) {
    if constexpr (OUTS > 1)
        if (outs != OUTS) return find_tile<T, OUTS - 1>(outs, places, next);
    if constexpr (PLACES > 1)
        if (places != PLACES) return find_tile<T, OUTS, PLACES - 1>(outs, places, next);
    return next ? tile<T, OUTS, PLACES, true> : tile<T, OUTS, PLACES, false>;
}

// The weights of some output channels, those of one tap side by side. The kernel's elements are the
// taps of a correlation from a first one on, `apart` from one another.
struct Weights {
    Int out, channel;  // strides in w
    Int first[2], apart[2], width;
};
template <class T>
void pack(const Weights& weights, const T* w, Range outs, Int channels, Int rows, Int columns,
          T* packed) {
    for (Int c = 0; c < channels; ++c)
        for (Int u = 0; u < rows; ++u)
            for (Int v = 0; v < columns; ++v) {
                const Int row = weights.first[0] + u * weights.apart[0];
                const Int column = weights.first[1] + v * weights.apart[1];
                const T* tap = w + c * weights.channel + row * weights.width + column;
                for (Int o = outs.begin; o < outs.end; ++o) *packed++ = tap[o * weights.out];
            }
}

// A correlation of `channels` channels of x with packed weights for `outs` channels of y.
template <class T>
struct Correlation {
    Axis rows, columns;
    Int channels, outs;
    Int x_channel, x_width;             // strides in x, the latter in elements of a row
    Int y_channel, y_row, y_column;     // strides in y, from place to place
    const T* w;
    const T* bias;
    bool more;

    // Places (i, j), (i, j + 1) ... `count` of them, or (i, j), (i + 1, j) ... where `down`.
    void line(const T* x, T* y, Int i, Int j, Int count, bool down) const {
        const Range u = rows.inside(i), v = columns.inside(j);
        Sum sum{channels, u.end - u.begin, v.end - v.begin,
                x_channel, rows.tap * x_width, columns.tap * LANES,
                rows.taps * columns.taps * outs, columns.taps * outs,
                down ? rows.step * x_width : columns.step * LANES, down ? y_row : y_column,
                y_channel, more};
        if (rows.taps * columns.taps == 1 && sum.rows * sum.columns == 1) {
            sum.columns = channels, sum.channels = 1;  // one tap: channels are the inner loop
            sum.x_column = x_channel;
        }
        if (sum.rows * sum.columns == 0) sum.channels = 0;
        else x += (rows.step * i + rows.tap * u.begin + rows.origin) * x_width +
                  (columns.step * j + columns.tap * v.begin + columns.origin) * LANES;
        y += i * y_row + j * y_column;
        const T* packed = w + (u.begin * columns.taps + v.begin) * outs;
        const Int most_side_by_side = most_places<T>(static_cast<int>(outs));
        const Int tiles = (count + most_side_by_side - 1) / most_side_by_side;
        // As few tiles as will do: `large` of them one place larger than the others.
        const Int small_size = count / tiles, large = count % tiles;
        const bool next = sum.x_place == LANES;
        if (large > 0) {
            find_tile<T>(outs, small_size + 1, next)(sum, x, packed, bias, y, large);
            x += large * (small_size + 1) * sum.x_place;
            y += large * (small_size + 1) * sum.y_place;
        }
        find_tile<T>(outs, small_size, next)(sum, x, packed, bias, y, tiles - large);
    }

    // Lines go across where all columns of taps lie on the picture, and down beside it.
    void run(const T* x, T* y) const {
        const Range across = columns.interior(), down = rows.interior();
        if (across.begin < across.end)
            for (Int i = 0; i < rows.places; ++i)
                line(x, y, i, across.begin, across.end - across.begin, false);
        for (Int j = 0; j < columns.places; ++j) {
            if (j == across.begin) j = across.end;
            if (j >= columns.places) break;
            for (Int i = 0; i < down.begin; ++i) line(x, y, i, j, 1, false);
            if (down.begin < down.end) line(x, y, down.begin, j, down.end - down.begin, true);
            for (Int i = down.end; i < rows.places; ++i) line(x, y, i, j, 1, false);
        }
    }
};

// Correlate within each group of channels, a few output channels at a time. Of a large source also
// a few channels at a time: their rows stay in the nearest cache while the window moves along.
template <class T>
void correlate(const Axis (&axes)[2], const Weights& weights, Correlation<T> task, Int groups,
               Int group_step, const T* x, const T* w, T* packed, T* y) {
    const T* bias = task.bias;
    const Int outs = task.outs, channels = task.channels, taps = axes[0].taps * axes[1].taps;
    const bool large = channels * task.x_channel * Int{sizeof(T)} > SOURCE_BYTES;
    const Int some_channels = most(MOST_TAPS / most(Int{1}, taps), Int{1});
    const Int most_channels = large ? some_channels : most(Int{1}, channels);
    task.rows = axes[0], task.columns = axes[1], task.w = packed;
    for (Int group = 0; group < groups; ++group)
        for (Int k = 0; k * MOST_OUTS < outs; ++k) {
            const Range some = piece(outs, MOST_OUTS, k);
            const Int first = group * outs + some.begin;
            task.outs = some.end - some.begin;
            task.bias = bias ? bias + first : nullptr;
            for (Int m = 0; m == 0 || m * most_channels < channels; ++m) {
                const Range c = channels ? piece(channels, most_channels, m) : Range{0, 0};
                task.channels = c.end - c.begin, task.more = m > 0;
                pack(weights, w + group * group_step + c.begin * weights.channel, some,
                     task.channels, axes[0].taps, axes[1].taps, packed);
                task.run(x + (group * channels + c.begin) * task.x_channel,
                         y + first * task.y_channel);
            }
        }
}

Axis forward_axis(const ConvShape& n, int k) {
    const Int places[2] = {n.out_height, n.out_width}, sizes[2] = {n.height, n.width};
    const Int taps[2] = {n.kernel_height, n.kernel_width};
    return {places[k], taps[k], n.stride[k], n.dilation[k], -n.padding[k], sizes[k]};
}

// The elements of the picture with remainder r, and the elements of the kernel that they see.
Axis gradient_axis(const ConvShape& n, int k, Int r, Weights& weights) {
    const Int places[2] = {n.out_height, n.out_width}, sizes[2] = {n.height, n.width};
    const Int kernel[2] = {n.kernel_height, n.kernel_width};
    const Int stride = n.stride[k], dilation = n.dilation[k];
    Int taps = 0, first = 0, apart = 1;
    for (Int u = 0; u < kernel[k]; ++u) {
        if ((r + n.padding[k] - dilation * u) % stride != 0) continue;
        if (taps == 0) first = u;
        if (taps == 1) apart = u - first;
        ++taps;
    }
    weights.first[k] = first, weights.apart[k] = apart;
    const Int origin = taps ? (r + n.padding[k] - dilation * first) / stride : 0;
    const Int tap = taps > 1 ? -(dilation * apart / stride) : 0;
    return {(sizes[k] - r + stride - 1) / stride, taps, 1, tap, origin, places[k]};
}

// One tap that takes each element in turn: the picture is as good as a single row.
void flatten(Axis (&axes)[2]) {
    for (const Axis& axis : axes)
        if (axis.taps != 1 || axis.step != 1 || axis.origin != 0 || axis.places != axis.size)
            return;
    axes[1].places = axes[1].size = axes[0].size * axes[1].size;
    axes[0].places = axes[0].size = 1;
}

}  // namespace

template <class T>
void conv2d(const Call& call, const Frame& frame) {
    const ConvShape n(call.ints);
    const Int taken = n.channels / n.groups, outs = n.outs / n.groups;
    Axis axes[2] = {forward_axis(n, 0), forward_axis(n, 1)};
    flatten(axes);
    const Weights weights{taken * n.kernel(), n.kernel(), {0, 0}, {1, 1}, n.kernel_width};
    const T* bias = call.operand_count > 3 ? frame.at<T>(call, 3) : nullptr;
    const Correlation<T> task{axes[0], axes[1], taken, outs, n.picture(), n.width * LANES,
                              n.response(), n.out_width * LANES, LANES, nullptr, bias, false};
    correlate<T>(axes, weights, task, n.groups, outs * taken * n.kernel(), frame.at<T>(call, 0),
                 frame.at<T>(call, 1), reinterpret_cast<T*>(frame.scratch), frame.at<T>(call, 2));
}

template <class T>
void conv2d_input_gradient(const Call& call, const Frame& frame) {
    const ConvShape n(call.ints);
    const Int taken = n.channels / n.groups, outs = n.outs / n.groups;
    Weights weights{n.kernel(), taken * n.kernel(), {0, 0}, {1, 1}, n.kernel_width};
    for (Int r = 0; r < least(n.stride[0], n.height); ++r)
        for (Int s = 0; s < least(n.stride[1], n.width); ++s) {
            Axis axes[2] = {gradient_axis(n, 0, r, weights), gradient_axis(n, 1, s, weights)};
            if (n.stride[0] * n.stride[1] == 1) flatten(axes);
            const Correlation<T> task{axes[0], axes[1], outs, taken,
                                      n.response(), n.out_width * LANES, n.picture(),
                                      n.stride[0] * n.width * LANES, n.stride[1] * LANES,
                                      nullptr, nullptr, false};
            correlate<T>(axes, weights, task, n.groups, outs * taken * n.kernel(),
                         frame.at<T>(call, 0), frame.at<T>(call, 1),
                         reinterpret_cast<T*>(frame.scratch),
                         frame.at<T>(call, 2) + (r * n.width + s) * LANES);
        }
}

PELLUCID_BOTH(conv2d)
PELLUCID_BOTH(conv2d_input_gradient)

}  // namespace pellucid::PELLUCID_ISA
