// The geometry of windows that slide over pictures, as convolution and pooling read it from a call.
#pragma once

#include "../kernels.h"

namespace pellucid::PELLUCID_ISA {

// The ints of a convolution, in their order in the call.
struct ConvShape {
    Int channels, height, width, outs, kernel_height, kernel_width, out_height, out_width;
    Int stride[2], padding[2], dilation[2], groups;

    explicit ConvShape(const Int* n)
        : channels(n[0]), height(n[1]), width(n[2]), outs(n[3]), kernel_height(n[4]),
          kernel_width(n[5]), out_height(n[6]), out_width(n[7]), stride{n[8], n[9]},
          padding{n[10], n[11]}, dilation{n[12], n[13]}, groups(n[14]) {}

    Int picture() const { return height * width * LANES; }         // elements a channel of x
    Int response() const { return out_height * out_width * LANES; }  // and of y
    Int kernel() const { return kernel_height * kernel_width; }
};

// The ints of a pooling, in their order in the call.
struct PoolShape {
    Int channels, height, width, out_height, out_width;
    Int size[2], stride[2], padding[2];

    explicit PoolShape(const Int* n)
        : channels(n[0]), height(n[1]), width(n[2]), out_height(n[3]), out_width(n[4]),
          size{n[5], n[6]}, stride{n[7], n[8]}, padding{n[9], n[10]} {}
};

// One axis of a window: at place m its tap t lies on step * m + tap * t + origin of the source,
// which has `size` elements; what lies outside counts as 0.
struct Axis {
    Int places, taps, step, tap, origin, size;

    bool outside(Int m, Int t) const {
        const Int at = step * m + tap * t + origin;
        return at < 0 || at >= size;
    }
    // The taps of place m that lie on the source; they are neighbours, `tap` being of one sign.
    Range inside(Int m) const {
        Range range{0, taps};
        while (range.begin < range.end && outside(m, range.begin)) ++range.begin;
        while (range.begin < range.end && outside(m, range.end - 1)) --range.end;
        return range;
    }
    bool whole(Int m) const { return taps == 0 || !(outside(m, 0) || outside(m, taps - 1)); }
    // The places at which all taps lie on the source.
    Range interior() const {
        Range range{0, 0};
        while (range.begin < places && !whole(range.begin)) ++range.begin;
        range.end = range.begin;
        while (range.end < places && whole(range.end)) ++range.end;
        return range;
    }
    // The places at which tap t lies on the source.
    Range reached(Int t) const {
        Range range{0, places};
        while (range.begin < range.end && outside(range.begin, t)) ++range.begin;
        while (range.begin < range.end && outside(range.end - 1, t)) --range.end;
        return range;
    }
};

// Keep a vector that is used more than once in a register; GCC would load it again for each use.
template <class V>
inline __attribute__((always_inline)) V pinned(V v) {
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
    asm("" : "+v"(v));
#endif
    return v;
}

// Piece k of n things cut into the fewest pieces of at most `most` things, all about as large.
inline Range piece(Int n, Int most, Int k) {
    const Int pieces = (n + most - 1) / most;
    return {n * k / pieces, n * (k + 1) / pieces};
}

}  // namespace pellucid::PELLUCID_ISA

// Before a loop of a few rounds, known to the compiler, over arrays that shall live in registers.
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
