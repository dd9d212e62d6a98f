// Philox 4x32-10, several blocks side by side: the random words of ops/random.py, bit for bit.
//
// Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, Parallel Random Numbers: As Easy as 1, 2, 3,
// SC 2011, doi:10.1145/2063384.2063405.
#pragma once

#include "../simd.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace pellucid::PELLUCID_ISA {

// Words of 32 bits in the low halves of 64-bit lanes. The high halves may hold anything: products
// read the low halves only.
typedef std::uint64_t Wide __attribute__((vector_size(VECTOR_BYTES)));
typedef std::uint64_t LooseWide __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

constexpr int BLOCKS = VECTOR_BYTES / 8;             // counters in a vector
constexpr int PHILOX_GROUP = 2;                      // vectors at a time, to fill the multiplier
constexpr Int PHILOX_WORDS = 4 * BLOCKS * PHILOX_GROUP;  // words that one call draws
constexpr std::uint64_t PHILOX_LANES[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr std::uint64_t LOW_HALF = 0xFFFFFFFF;

// The words of one stream: what the counter and the key are made from, but the block's number.
struct Stream {
    std::uint64_t key0, key1, stream, step0, step1;
};

// `key` is (seed, step).
static inline Stream stream_of(const Int* key, Int stream) {
    const auto seed = static_cast<std::uint64_t>(key[0]);
    const auto step = static_cast<std::uint64_t>(key[1]);
    return {seed & LOW_HALF, seed >> 32, static_cast<std::uint64_t>(stream) & LOW_HALF,
            step & LOW_HALF, step >> 32};
}

// The 64-bit products of the low halves.
static inline __attribute__((always_inline)) Wide low_product(Wide a, Wide b) {
#if defined(__AVX512F__)
    return (Wide)_mm512_maskz_mul_epu32(0xFF, (__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (Wide)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    return (Wide)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & LOW_HALF) * (b & LOW_HALF);
#endif
}

// a0 b0 a1 b1 ...: the first half, then the second.
static inline __attribute__((always_inline)) void store_zipped(std::uint32_t* to, Wide a, Wide b) {
#if defined(__AVX512F__)
    const Wide first = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    const Wide second = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#elif defined(__AVX__)
    const Wide first = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    const Wide second = __builtin_shufflevector(a, b, 2, 6, 3, 7);
#else
    const Wide first = __builtin_shufflevector(a, b, 0, 2);
    const Wide second = __builtin_shufflevector(a, b, 1, 3);
#endif
    *reinterpret_cast<LooseWide*>(to) = first;
    *reinterpret_cast<LooseWide*>(to + 2 * BLOCKS) = second;
}

// The PHILOX_WORDS words from block `block` on: block k holds words 4k to 4k + 3.
static inline void draw_group(const Stream& s, std::uint64_t block, std::uint32_t* words) {
    const Wide multiplier0 = Wide{} + 0xD2511F53u, multiplier1 = Wide{} + 0xCD9E8D57u;
    Wide c0[PHILOX_GROUP], c1[PHILOX_GROUP], c2[PHILOX_GROUP], c3[PHILOX_GROUP];
    for (int g = 0; g < PHILOX_GROUP; ++g) {
        const std::uint64_t* const lanes = PHILOX_LANES + g * BLOCKS;
        c0[g] = *reinterpret_cast<const LooseWide*>(lanes) + block;
        c1[g] = Wide{} + s.stream;
        c2[g] = Wide{} + s.step0;
        c3[g] = Wide{} + s.step1;
    }
    std::uint64_t key0 = s.key0, key1 = s.key1;
    for (int round = 0; round < 10; ++round) {
        for (int g = 0; g < PHILOX_GROUP; ++g) {
            const Wide product0 = low_product(multiplier0, c0[g]);
            const Wide product1 = low_product(multiplier1, c2[g]);
            c0[g] = (product1 >> 32) ^ c1[g] ^ (Wide{} + key0);
            c2[g] = (product0 >> 32) ^ c3[g] ^ (Wide{} + key1);
            c1[g] = product1;
            c3[g] = product0;
        }
        key0 += 0x9E3779B9u;  // only the low half counts
        key1 += 0xBB67AE85u;
    }
    for (int g = 0; g < PHILOX_GROUP; ++g)
        store_zipped(words + 4 * BLOCKS * g, (c0[g] & LOW_HALF) | (c1[g] << 32),
                     (c2[g] & LOW_HALF) | (c3[g] << 32));
}

// At least `count` words from block `block` on: `count` rounded up to a multiple of PHILOX_WORDS.
static inline void draw(const Stream& s, Int block, Int count, std::uint32_t* words) {
    for (Int done = 0; done < count; done += PHILOX_WORDS)
        draw_group(s, static_cast<std::uint64_t>(block + done / 4), words + done);
}

}  // namespace pellucid::PELLUCID_ISA
