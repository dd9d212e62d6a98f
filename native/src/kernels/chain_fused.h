// Steps that do several operations in one pass: see chain_fuse.h.
#pragma once

#include "chain_ops.h"
#include "chain_sums.h"

namespace pellucid::PELLUCID_ISA {

// Gives whether all it computed is finite; what lies past the last element is looked at, too.
using RunFused = bool (*)(const Step&, void* const* at, const Here&);

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
static bool each_fused(const Step& s, void* const* at, const Here& here) {
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
    Vec<T> odd[U] = {};  // 0 x is 0 for a finite x, else NaN
    Int i = 0;
    for (; i + U * W <= n; i += U * W) {
        const Vec<T> x = one(i), y = one(i + W);
        store<T>(to + i, x);
        store<T>(to + i + W, y);
        odd[0] += x * T(0), odd[1] += y * T(0);
    }
    for (; i < n; i += W) {
        const Vec<T> x = one(i);
        store<T>(to + i, x);
        odd[0] += x * T(0);
    }
    return across<T>(odd[0] + odd[1]) == T(0);
}

// The moments of a gradient and the parameters that they move.
template <class T>
static bool moments(const Step& s, void* const* at, const Here& here) {
    constexpr Int W = WIDTH<T>;
    const Int n = here.count[FULL];
    T *to = static_cast<T*>(at[s.dst]), *mean = static_cast<T*>(at[s.also[0]]),
      *square = static_cast<T*>(at[s.also[1]]);
    const auto start = [&](int k) { return static_cast<const T*>(at[s.in[k]]); };
    const T *b = start(1), *d = start(3), *f = start(5), *h = start(7), *p = start(10);
    const Vec<T> a = load(start(0)), c = load(start(2)), e = load(start(4)), g = load(start(6)),
                 k = load(start(8)), j = load(start(9)), none{};
    Vec<T> odd[3] = {};
    for (Int i = 0; i < n; i += W) {
        const Vec<T> m = TwoProducts<T>::of(a, load(b + i), c, load(d + i), none);
        const Vec<T> v = AndSquare<T>::of(e, load(f + i), g, load(h + i), none);
        const Vec<T> y = OverRoot<T>::of(k, m, v, j, load(p + i));
        store<T>(mean + i, m);
        store<T>(square + i, v);
        store<T>(to + i, y);
        odd[0] += m * T(0), odd[1] += v * T(0), odd[2] += y * T(0);
    }
    return across<T>(odd[0] + odd[1] + odd[2]) == T(0);
}

// In the order of Inner, from FIRST_FUSED on.
template <class T>
constexpr RunFused FUSED[INNER_COUNT - FIRST_FUSED] = {
    each_fused<T, TwoProducts<T>>,
    each_fused<T, AndSquare<T>>,
    each_fused<T, OverRoot<T>>,
    each_fused<T, WhereLess<T>>,
    moments<T>,
};

}  // namespace pellucid::PELLUCID_ISA
