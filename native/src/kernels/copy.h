// A copy of bytes that costs little where they are few.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#ifndef PELLUCID_ISA
#error "copy.h belongs to files that are compiled once for each instruction set"
#endif

namespace pellucid::PELLUCID_ISA {

// The first and the last SIZE bytes, which together are all where count <= 2 SIZE.
template <int SIZE>
static inline __attribute__((always_inline)) void copy_ends(char* y, const char* x,
                                                            std::size_t count) {
    char first[SIZE], last[SIZE];
    std::memcpy(first, x, SIZE);
    std::memcpy(last, x + count - SIZE, SIZE);
    std::memcpy(y, first, SIZE);
    std::memcpy(y + count - SIZE, last, SIZE);
}

static inline void copy_bytes(void* to, const void* from, std::size_t count) {
    char* const y = static_cast<char*>(to);
    const char* const x = static_cast<const char*>(from);
    if (count > 256) {
        std::memcpy(y, x, count);
    } else if (count > 16) {
        for (std::size_t i = 0; i + 16 < count; i += 16) std::memcpy(y + i, x + i, 16);
        std::memcpy(y + count - 16, x + count - 16, 16);
    } else if (count >= 8) {
        copy_ends<8>(y, x, count);
    } else if (count >= 4) {
        copy_ends<4>(y, x, count);
    } else if (count >= 2) {
        copy_ends<2>(y, x, count);
    } else if (count == 1) {
        *y = *x;
    }
}

}  // namespace pellucid::PELLUCID_ISA
