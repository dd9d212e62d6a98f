// What the checks share: numbers, calls, and comparisons with sums done one by one in double.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "chain.h"
#include "kernels.h"

namespace pellucid::test {

inline int checks = 0, failures = 0;

// Numbers in [-1, 1), the same on every machine.
class Source {
  public:
    double next() {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<double>(state_ >> 40) * 0x1p-23 - 1.0;
    }
    template <class T>
    std::vector<T> some(Int count) {
        std::vector<T> values(static_cast<std::size_t>(count));
        for (T& value : values) value = static_cast<T>(next());
        return values;
    }

  private:
    std::uint64_t state_ = 1;
};
inline Source source;

// An operand, and how far a row is from the next one.
struct Arg {
    const void* at;
    Int pitch = 0;
};

struct How {
    Int rows = 0;
    int shares = 1;
    bool fresh = true;
    const Int* index = nullptr;
};

template <class T>
Kernel kernel(KernelId id) {
    const int k = static_cast<int>(id);
    return sizeof(T) == 4 ? table().f32[k] : table().f64[k];
}

// Call a kernel on all shares of its work, with scratch that holds nothing of use.
template <class T>
void run(KernelId id, const std::vector<Arg>& args, const std::vector<Int>& ints,
         const std::vector<double>& floats = {}, How how = {}, const Chain* chain = nullptr,
         const Call* after = nullptr) {
    constexpr std::size_t SCRATCH = 4 << 20;
    static std::byte* const scratch = static_cast<std::byte*>(std::aligned_alloc(64, SCRATCH));
    std::memset(scratch, 0xEE, SCRATCH);
    std::vector<Operand> operands;
    std::vector<std::byte*> bases;
    for (const Arg& arg : args) {
        operands.push_back({static_cast<std::int32_t>(bases.size()), 0, arg.pitch});
        bases.push_back(static_cast<std::byte*>(const_cast<void*>(arg.at)));
    }
    if (after != nullptr) {  // its operands come after these; the first is the panel
        for (int k = 0; k < after->operand_count; ++k) {
            const Operand& o = after->operands[k];
            bases.push_back(reinterpret_cast<std::byte*>(o.offset));
            const_cast<Operand&>(o) = {static_cast<std::int32_t>(bases.size()) - 1, 0, o.pitch};
        }
    }
    const Call call{static_cast<int>(id), operands.data(), static_cast<int>(operands.size()),
                    ints.data(), static_cast<int>(ints.size()), floats.data(), chain, after};
    Fault fault;
    for (int share = 0; share < how.shares; ++share) {
        const Frame frame{bases.data(), how.index, 0, how.rows, share, how.shares, how.fresh,
                          scratch, SCRATCH, &fault};
        kernel<T>(id)(call, frame);
    }
    if (fault.bad_index != 0) ++failures, std::printf("  a kernel met a bad index\n");
}

// Compare each number with what it should be, up to `roundings` roundings of `size`, the sum of the
// magnitudes that went into it.
template <class T>
void expect(const char* what, const std::vector<T>& got, const std::vector<double>& wanted,
            const std::vector<double>& size, double roundings) {
    const double step = static_cast<double>(std::numeric_limits<T>::epsilon());
    ++checks;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const double limit = roundings * step * (size.empty() ? 1 + std::fabs(wanted[i]) : size[i]);
        if (std::fabs(static_cast<double>(got[i]) - wanted[i]) <= limit) continue;
        ++failures;
        std::printf("  %s, float%d: element %zu of %zu expects %.9g, got %.9g\n", what,
                    static_cast<int>(8 * sizeof(T)), i, wanted.size(), wanted[i],
                    static_cast<double>(got[i]));
        return;
    }
}

template <class T>
void check_products();
template <class T>
void check_pictures();
template <class T>
void check_rows();

}  // namespace pellucid::test
