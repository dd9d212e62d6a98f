// Elementwise operations on floats and bools (which are floats of 0 and 1), a vector at a time.
#pragma once

#include "../chain_program.h"
#include "math_more.h"

namespace pellucid::PELLUCID_ISA {

// The block at hand.
struct Here {
    Int count[4];          // elements of a value of each class
    Int rows, cols, first;  // of FULL values; the first column, in a cut row
    Int stride;             // between columns, where FULL values are turned
};
// One step of a chain (see Step about `how`). d may be a, b or c.
using Run = void (*)(void* d, const void* a, const void* b, const void* c, const Here&, int how);

#define PELLUCID_OP(name, arity, unroll_by, result)                     \
    template <class T>                                                  \
    struct name {                                                       \
        static constexpr int inputs = arity, unroll = unroll_by;        \
        static PELLUCID_INLINE Vec<T> of([[maybe_unused]] Vec<T> a,     \
                                         [[maybe_unused]] Vec<T> b,     \
                                         [[maybe_unused]] Vec<T> c) {   \
            return result;                                              \
        }                                                               \
    };
#define PELLUCID_TRUTH(bits) (select<T>(bits, splat<T>(1), Vec<T>{}))

PELLUCID_OP(Copy, 1, 4, a)
PELLUCID_OP(Add, 2, 4, a + b)
PELLUCID_OP(Sub, 2, 4, a - b)
PELLUCID_OP(Mul, 2, 4, a* b)
PELLUCID_OP(Div, 2, 4, a / b)
PELLUCID_OP(Neg, 1, 4, -a)
PELLUCID_OP(Fma, 3, 4, a* b + c)
PELLUCID_OP(Exp, 1, 2, vexp<T>(a))
PELLUCID_OP(Log, 1, 2, vlog<T>(a))
PELLUCID_OP(Log1p, 1, 1, vlog1p<T>(a))
PELLUCID_OP(Sqrt, 1, 4, square_root<T>(a))
PELLUCID_OP(Tanh, 1, 2, vtanh<T>(a))
PELLUCID_OP(Sigmoid, 1, 2, vsigmoid<T>(a))
PELLUCID_OP(Erf, 1, 1, verf(a))
PELLUCID_OP(Abs, 1, 4, magnitude<T>(a))
// 0 for either 0, NaN for NaN.
PELLUCID_OP(Sign, 1, 4,
            select<T>(a > T(0), splat<T>(1), select<T>(a < T(0), splat<T>(-1), a + T(0))))
PELLUCID_OP(Max, 2, 4, select<T>((a > b) | (a != a), a, b))
PELLUCID_OP(Min, 2, 4, select<T>((a < b) | (a != a), a, b))
PELLUCID_OP(Eq, 2, 4, PELLUCID_TRUTH(a == b))
PELLUCID_OP(Lt, 2, 4, PELLUCID_TRUTH(a < b))
PELLUCID_OP(Le, 2, 4, PELLUCID_TRUTH(a <= b))
PELLUCID_OP(Where, 3, 4, select<T>(a != T(0), b, c))
// NaN stays NaN; a NaN among the limits gives NaN, as np.clip does.
PELLUCID_OP(Clip, 3, 4, (Min<T>::of(Max<T>::of(a, b, c), c, c)))
PELLUCID_OP(NotZero, 1, 4, PELLUCID_TRUTH(a != T(0)))
PELLUCID_OP(FiniteOrZero, 1, 4, select<T>(magnitude<T>(a) < T(__builtin_inf()), a, Vec<T>{}))
#undef PELLUCID_OP
#undef PELLUCID_TRUTH

// All elements, in whole vectors: the places of d, a, b, c have room for that.
template <class T, class F>
void each(void* to, const void* from_a, const void* from_b, const void* from_c, const Here& here,
          int how) {
    constexpr Int W = WIDTH<T>;
    constexpr int U = F::unroll;
    const Int n = here.count[how >> DST_CLASS & 3];
    const Int step_a = how & 1 ? W : 0, step_b = how & 2 ? W : 0, step_c = how & 4 ? W : 0;
    T* d = static_cast<T*>(to);
    const T* a = static_cast<const T*>(from_a);
    const T* b = static_cast<const T*>(from_b);
    const T* c = static_cast<const T*>(from_c);
    const auto one = [&]() __attribute__((always_inline)) {
        const Vec<T> x = load(a), y = F::inputs > 1 ? load(b) : x, z = F::inputs > 2 ? load(c) : x;
        store<T>(d, F::of(x, y, z));
        d += W, a += step_a;
        if (F::inputs > 1) b += step_b;
        if (F::inputs > 2) c += step_c;
    };
    Int i = 0;
    if constexpr (U > 1) {
        for (; i + U * W <= n; i += U * W) {
            Vec<T> x[U], y[U], z[U];
            for (int u = 0; u < U; u++) {
                x[u] = load(a + u * step_a);
                y[u] = F::inputs > 1 ? load(b + u * step_b) : x[u];
                z[u] = F::inputs > 2 ? load(c + u * step_c) : x[u];
            }
            for (int u = 0; u < U; u++) x[u] = F::of(x[u], y[u], z[u]);
            for (int u = 0; u < U; u++) store<T>(d + u * W, x[u]);
            d += U * W, a += U * step_a;
            if (F::inputs > 1) b += U * step_b;
            if (F::inputs > 2) c += U * step_c;
        }
    }
    for (; i < n; i += W) one();
}

template <class T>
static void power(void* to, const void* from_a, const void* from_b, const void*, const Here& here,
                  int how) {
    T* d = static_cast<T*>(to);
    const T* a = static_cast<const T*>(from_a);
    const T* b = static_cast<const T*>(from_b);
    if ((how >> DST_CLASS & 3) == ONE) {  // nothing but single numbers
        store<T>(d, splat<T>(std::pow(a[0], b[0])));
        return;
    }
    const Int n = (here.count[how >> DST_CLASS & 3] + WIDTH<T> - 1) / WIDTH<T> * WIDTH<T>;
    const Int step = how & 1 ? 1 : 0;
    if (!(how & 2) && b[0] == T(2)) return each<T, Mul<T>>(to, a, a, a, here, (how & ~6) | step << 1);
    power_loop(d, a, b, n, how & 1 ? 1 : 0, how & 2 ? 1 : 0);
}

}  // namespace pellucid::PELLUCID_ISA
