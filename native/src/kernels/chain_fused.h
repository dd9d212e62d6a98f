// Steps that do several operations in one pass: see chain_fuse.h.
#pragma once

#include "chain_ops.h"

namespace pellucid::PELLUCID_ISA {

using RunFused = void (*)(const Step&, void* const* at, const Here&);

#define PELLUCID_FUSED(name, arity, result)                                                   \
    template <class T>                                                                         \
    struct name {                                                                              \
        static constexpr int inputs = arity;                                                   \
        static PELLUCID_INLINE Vec<T> of([[maybe_unused]] Vec<T> a, [[maybe_unused]] Vec<T> b, \
                                         [[maybe_unused]] Vec<T> c, [[maybe_unused]] Vec<T> d, \
                                         [[maybe_unused]] Vec<T> e) {                          \
            return result;                                                                     \
        }                                                                                      \
    };

PELLUCID_FUSED(TwoProducts, 4, a* b + c * d)
PELLUCID_FUSED(AndSquare, 4, a* b + c * (d * d))
PELLUCID_FUSED(OverRoot, 5, a*(b / (square_root<T>(c) + d)) + e)
PELLUCID_FUSED(WhereLess, 4, select<T>(a < b, c, d))
#undef PELLUCID_FUSED

// All elements, in whole vectors, as `each` does it; two at a time hide a root's or quotient's latency.
template <class T, class F>
static void each_fused(const Step& s, void* const* at, const Here& here) {
    constexpr Int W = WIDTH<T>, U = 2;
    const Int n = here.count[FULL];
    T* to = static_cast<T*>(at[s.dst]);
    const T* from[MOST_INPUTS];
    Int step[MOST_INPUTS];
    for (int k = 0; k < F::inputs; k++) {
        from[k] = static_cast<const T*>(at[s.in[k]]);
        step[k] = s.how >> k & 1 ? 1 : 0;
    }
    const auto one = [&](Int i) __attribute__((always_inline)) {
        const auto x = [&](int k) __attribute__((always_inline)) {
            return k < F::inputs ? load(from[k] + i * step[k]) : Vec<T>{};
        };
        return F::of(x(0), x(1), x(2), x(3), x(4));
    };
    Int i = 0;
    for (; i + U * W <= n; i += U * W) {
        const Vec<T> x = one(i), y = one(i + W);
        store<T>(to + i, x);
        store<T>(to + i + W, y);
    }
    for (; i < n; i += W) store<T>(to + i, one(i));
}

// In the order of Inner, from FIRST_FUSED on.
template <class T>
constexpr RunFused FUSED[INNER_COUNT - FIRST_FUSED] = {
    each_fused<T, TwoProducts<T>>,
    each_fused<T, AndSquare<T>>,
    each_fused<T, OverRoot<T>>,
    each_fused<T, WhereLess<T>>,
};

}  // namespace pellucid::PELLUCID_ISA
