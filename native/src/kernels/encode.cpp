// z = (x - mean) / scale, from any kind of number, as the codecs of inputs compute it.
//
// The difference and the quotient are taken in double and rounded once, to T: a column of large
// values that differ little keeps its digits, and z is what the codec gives, bit by bit.
#include <type_traits>

#include "../kernels.h"
#include "../simd.h"

namespace pellucid::PELLUCID_ISA {

namespace {

// All ones in the exponent: infinity or NaN. Taken together without a branch.
template <class T>
struct Exponent {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    static constexpr Bits ONES = sizeof(T) == 4 ? Bits(0x7f800000u) : Bits(0x7ff0000000000000u);

    static Bits broken(T value) {
        Bits bits;
        __builtin_memcpy(&bits, &value, sizeof bits);
        return (bits & ONES) == ONES ? Bits(1) : Bits(0);
    }
};

template <class T, class X, class Place>
bool encode_row(const X* __restrict x, T* __restrict z, Int count, Place place) {
    typename Exponent<T>::Bits broken = 0;
    for (Int i = 0; i < count; ++i) {
        z[i] = place(x[i], i);
        broken |= Exponent<T>::broken(z[i]);
    }
    return broken == 0;
}

template <class T, class X>
bool encode_rows(const X* x, const double* mean, const double* scale, T* z, Int rows, Int width,
                 Int columns) {
    if (columns == 0) {
        return encode_row(x, z, rows * width, [](X value, Int) { return static_cast<T>(value); });
    }
    if (columns == 1) {
        const double m = mean[0], s = scale[0];
        return encode_row(x, z, rows * width, [=](X value, Int) {
            return static_cast<T>((static_cast<double>(value) - m) / s);
        });
    }
    bool finite = true;
    for (Int r = 0; r < rows; ++r) {
        finite &= encode_row(x + r * width, z + r * width, width, [=](X value, Int i) {
            return static_cast<T>((static_cast<double>(value) - mean[i]) / scale[i]);
        });
    }
    return finite;
}

}  // namespace

template <class T>
void encode(const Call& call, const Frame& frame) {
    const auto kind = static_cast<Source>(call.ints[0]);
    const Int width = call.ints[1], columns = call.ints[2];
    const double *mean = nullptr, *scale = nullptr;
    if (columns) mean = frame.at<double>(call, 1), scale = frame.at<double>(call, 2);
    T* z = frame.at<T>(call, 3);
    bool finite = true;
    switch (kind) {
#define X(name, type)                                                                              \
    case Source::name:                                                                             \
        finite = encode_rows(frame.at<type>(call, 0), mean, scale, z, frame.rows, width, columns); \
        break;
        PELLUCID_SOURCES(X)
#undef X
        case Source::none: break;
    }
    if (!finite) frame.fault->infinite = true;
}

PELLUCID_BOTH(encode)

}  // namespace pellucid::PELLUCID_ISA
