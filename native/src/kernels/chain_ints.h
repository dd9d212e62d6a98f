// Operations on int64, and between kinds of numbers. These loops take exactly the elements there are.
#pragma once

#include "chain_ops.h"

namespace pellucid::PELLUCID_ISA {

// d[i] = f(a[i], b[i], c[i]); sums and products wrap around, as NumPy's.
template <class D, class A, class B, class C, class F>
static PELLUCID_INLINE void scalars(void* to, const void* from_a, const void* from_b,
                                    const void* from_c, const Here& here, int how, F f) {
    const Int n = here.count[how >> DST_CLASS & 3];
    const int step_a = how & 1, step_b = how >> 1 & 1, step_c = how >> 2 & 1;
    D* d = static_cast<D*>(to);
    const A* a = static_cast<const A*>(from_a);
    const B* b = static_cast<const B*>(from_b);
    const C* c = static_cast<const C*>(from_c);
    for (Int i = 0; i < n; i++) d[i] = f(a[i * step_a], b[i * step_b], c[i * step_c]);
}

using Wrapping = std::uint64_t;
#define PELLUCID_INT_OP(name, D, A, B, C, result)                                              \
    template <class T>                                                                         \
    static void name(void* d, const void* x, const void* y, const void* z, const Here& here,   \
                     int how) {                                                                \
        scalars<D, A, B, C>(d, x, y, z, here, how,                                             \
                            []([[maybe_unused]] A a, [[maybe_unused]] B b,                     \
                               [[maybe_unused]] C c) { return static_cast<D>(result); });      \
    }
PELLUCID_INT_OP(int_add, Int, Wrapping, Wrapping, Int, a + b)
PELLUCID_INT_OP(int_sub, Int, Wrapping, Wrapping, Int, a - b)
PELLUCID_INT_OP(int_mul, Int, Wrapping, Wrapping, Int, a* b)
PELLUCID_INT_OP(int_neg, Int, Wrapping, Int, Int, 0 - a)
PELLUCID_INT_OP(int_max, Int, Int, Int, Int, a > b ? a : b)
PELLUCID_INT_OP(int_min, Int, Int, Int, Int, a < b ? a : b)
PELLUCID_INT_OP(int_copy, Int, Int, Int, Int, a)
PELLUCID_INT_OP(int_eq, T, Int, Int, Int, a == b)
PELLUCID_INT_OP(int_lt, T, Int, Int, Int, a < b)
PELLUCID_INT_OP(int_le, T, Int, Int, Int, a <= b)
PELLUCID_INT_OP(int_where, Int, T, Int, Int, a != T(0) ? b : c)
PELLUCID_INT_OP(int_to_float, T, Int, Int, Int, a)
PELLUCID_INT_OP(int_to_bool, T, Int, Int, Int, a != 0)
// The fraction is dropped; what has no int64 becomes the least one, as astype has it on x86.
constexpr double INT_LIMIT = 9223372036854775808.0;
PELLUCID_INT_OP(float_to_int, Int, T, T, T,
                a >= T(-INT_LIMIT) && a < T(INT_LIMIT) ? static_cast<Int>(a) : INT64_MIN)
#undef PELLUCID_INT_OP

}  // namespace pellucid::PELLUCID_ISA
