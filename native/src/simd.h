// Vectors of the instruction set at hand, as GCC and Clang write them. T is float or double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "call.h"

#ifndef PELLUCID_ISA
#error "simd.h belongs to files that are compiled once for each instruction set"
#endif

namespace pellucid::PELLUCID_ISA {

#if defined(__AVX512F__)
constexpr int VECTOR_BYTES = 64, REGISTERS = 32;
#elif defined(__AVX__)
constexpr int VECTOR_BYTES = 32, REGISTERS = 16;
#elif defined(__aarch64__)
constexpr int VECTOR_BYTES = 16, REGISTERS = 32;
#else
constexpr int VECTOR_BYTES = 16, REGISTERS = 16;
#endif

template <class T>
struct VectorOf;
template <>
struct VectorOf<float> {
    typedef float Vec __attribute__((vector_size(VECTOR_BYTES), may_alias));
    typedef float Loose __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
    typedef std::int32_t Bits __attribute__((vector_size(VECTOR_BYTES), may_alias));
};
template <>
struct VectorOf<double> {
    typedef double Vec __attribute__((vector_size(VECTOR_BYTES), may_alias));
    typedef double Loose __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));
    typedef std::int64_t Bits __attribute__((vector_size(VECTOR_BYTES), may_alias));
};

template <class T>
using Vec = typename VectorOf<T>::Vec;
// What a comparison of two vectors gives: all ones where it holds, else zeros.
template <class T>
using Bits = typename VectorOf<T>::Bits;
template <class T>
constexpr int WIDTH = VECTOR_BYTES / static_cast<int>(sizeof(T));

template <class T>
inline __attribute__((always_inline)) Vec<T> load(const T* from) {
    return *reinterpret_cast<const typename VectorOf<T>::Loose*>(from);
}
template <class T>
inline __attribute__((always_inline)) void store(T* to, Vec<T> v) {
    *reinterpret_cast<typename VectorOf<T>::Loose*>(to) = v;
}
template <class T>
inline __attribute__((always_inline)) Vec<T> splat(T x) {
    return x - Vec<T>{};  // x - 0 is x, also for x = -0
}
template <class T>
inline __attribute__((always_inline)) Vec<T> load_some(const T* from, Int count) {
    Vec<T> v{};
    std::memcpy(&v, from, static_cast<std::size_t>(count) * sizeof(T));
    return v;
}
template <class T>
inline __attribute__((always_inline)) void store_some(T* to, Vec<T> v, Int count) {
    std::memcpy(to, &v, static_cast<std::size_t>(count) * sizeof(T));
}
// a where the bits are set, else b.
template <class T>
inline __attribute__((always_inline)) Vec<T> select(Bits<T> mask, Vec<T> a, Vec<T> b) {
    return mask ? a : b;
}

template <class A>
constexpr A least(A a, A b) {
    return b < a ? b : a;
}
template <class A>
constexpr A most(A a, A b) {
    return a < b ? b : a;
}

}  // namespace pellucid::PELLUCID_ISA

// Ends a file of kernels: makes the code for both precisions.
#define PELLUCID_BOTH(name)                                   \
    template void name<float>(const Call&, const Frame&);     \
    template void name<double>(const Call&, const Frame&);
