// What a kernel sees: the call that the planner wrote, and the frame in which it runs.
//
// A plan is a list of stages, a stage a list of calls. A call names a kernel, its operands
// (places in buffers), and numbers. Everything about shapes is settled when the plan is made, except
// how many rows (samples) there are in the chunk at hand: that is the frame's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

// These files are compiled for several instruction sets: what is not inlined might be linked from the
// wrong one.
#define PELLUCID_INLINE inline __attribute__((always_inline))

namespace pellucid {

using Int = std::int64_t;

// Samples side by side in the layout "lanes": [chunk][channel][row][column][LANES].
constexpr Int LANES = 16;

// A place in a buffer, in elements of the operand's own type. Row r of the batch starts `pitch`
// elements after row r - 1; a pitch of 0 is a place that does not move from chunk to chunk.
struct Operand {
    std::int32_t buffer;
    Int offset;
    Int pitch;
};

struct Chain;  // chain.h

struct Call {
    int kernel;
    const Operand* operands;
    int operand_count;
    const Int* ints;
    int int_count;
    const double* floats;
    const Chain* chain;  // the program of a call of `chain`, decoded once
    const Call* after;   // a chain that takes the product panel by panel, or null
};

// What went wrong in a step, noted by whichever thread saw it first.
struct Fault {
    std::atomic<bool> infinite{false};  // a checked value was NaN or infinite
    std::atomic<bool> stopped{false};   // an interrupt was seen: leave the step as it is
    std::atomic<int> bad_index{0};      // 1: an index was outside 0 .. size - 1
    std::atomic<Int> index{0}, size{0};

    void outside(Int value, Int limit) {
        int none = 0;
        if (bad_index.compare_exchange_strong(none, 1)) index = value, size = limit;
    }
};

struct Frame {
    std::byte* const* bases;  // where each buffer starts, for this thread
    const Int* index;         // the place of each sample of the batch; null: 0, 1, 2, ...
    Int first, rows;          // the rows of the batch in this chunk; all of them outside of chunks
    int share, shares;        // which part of a split call this is; 0 of 1 otherwise
    bool fresh;               // sums over the batch start here: overwrite, do not add
    std::byte* scratch;       // this thread's own memory, `scratch_bytes` of it, 64-byte aligned
    Int scratch_bytes;
    Fault* fault;

    template <class T>
    PELLUCID_INLINE T* at(const Operand& o) const {
        return reinterpret_cast<T*>(bases[o.buffer]) + o.offset + first * o.pitch;
    }
    template <class T>
    PELLUCID_INLINE T* at(const Call& call, int k) const {
        return at<T>(call.operands[k]);
    }
    // Row r of this chunk in an operand that is read through the batch's index.
    template <class T>
    PELLUCID_INLINE const T* picked(const Operand& o, Int r) const {
        const Int place = index ? index[first + r] : first + r;
        return reinterpret_cast<const T*>(bases[o.buffer]) + o.offset + place * o.pitch;
    }
};

// The part of `total` that falls to a share, cut at multiples of `grain`.
struct Range {
    Int begin, end;
};
PELLUCID_INLINE Range part(Int total, Int grain, int share, int shares) {
    const Int pieces = (total + grain - 1) / grain;
    const Int begin = pieces * share / shares * grain, end = pieces * (share + 1) / shares * grain;
    return {begin < total ? begin : total, end < total ? end : total};
}

using Kernel = void (*)(const Call&, const Frame&);

}  // namespace pellucid
