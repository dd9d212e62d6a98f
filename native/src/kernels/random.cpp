// Random numbers: uniform, normal, bernoulli.
//
// Words are drawn a buffer at a time, from a multiple of four on, and turned into numbers in y
// itself, or beside it where the buffer begins before or ends after the part of the value that is
// asked for.
#include "../kernels.h"
#include "box_muller.h"
#include "philox.h"

namespace pellucid::PELLUCID_ISA {

constexpr Int BUFFER = 1024;
static_assert(BUFFER % PHILOX_WORDS == 0);

// Elements [begin, end) of the whole value are those of this chunk.
static Range elements(const Call& call, const Frame& frame) {
    const Int each = call.ints[1] * call.ints[2];
    if (call.ints[1] == 0) return {0, call.ints[2]};
    return {frame.first * each, (frame.first + frame.rows) * each};
}

// convert(words, count, out) makes `count` numbers (a multiple of PHILOX_WORDS) from as many words.
template <class Out, class Convert>
static void generate(const Call& call, const Frame& frame, Convert convert) {
    alignas(64) std::uint32_t words[BUFFER];
    alignas(64) Out aside[BUFFER];
    const Stream stream = stream_of(frame.at<Int>(call, 0), call.ints[0]);
    Out* const y = frame.at<Out>(call, 1);
    const Range whole = elements(call, frame);
    for (Int at = whole.begin / 4 * 4; at < whole.end; at += BUFFER) {
        const Int wanted = least(BUFFER, whole.end - at);
        const Int count = (wanted + PHILOX_WORDS - 1) / PHILOX_WORDS * PHILOX_WORDS;
        draw(stream, at / 4, count, words);
        if (at >= whole.begin && count == wanted) {
            convert(words, count, y + (at - whole.begin));
            continue;
        }
        const Int skipped = most(whole.begin - at, Int{0});
        convert(words, count, aside);
        std::memcpy(y + (at + skipped - whole.begin), aside + skipped,
                    static_cast<std::size_t>(wanted - skipped) * sizeof(Out));
    }
}

template <class T>
void uniform(const Call& call, const Frame& frame) {
    generate<T>(call, frame, [](const std::uint32_t* words, Int count, T* out) {
        for (Int i = 0; i < count; ++i)
            out[i] = static_cast<T>(static_cast<std::int32_t>(words[i] >> 8)) * T(0x1p-24);
    });
}

template <class T>
void normal(const Call& call, const Frame& frame) {
    generate<T>(call, frame, [](const std::uint32_t* words, Int count, T* out) {
        for (Int i = 0; i < count; i += 2 * PAIRS) box_muller(words + i, out + i);
    });
}

template <class T>
void bernoulli(const Call& call, const Frame& frame) {
    // k 2^-24 < chance is k < chance 2^24, and that k < its ceiling.
    const auto bound = static_cast<std::int32_t>(__builtin_ceil(call.floats[0] * 0x1p24));
    generate<std::uint8_t>(
        call, frame, [bound](const std::uint32_t* words, Int count, std::uint8_t* out) {
            for (Int i = 0; i < count; ++i)
                out[i] = static_cast<std::int32_t>(words[i] >> 8) < bound;
        });
}

PELLUCID_BOTH(uniform)
PELLUCID_BOTH(normal)
PELLUCID_BOTH(bernoulli)

}  // namespace pellucid::PELLUCID_ISA
