// c = a b for matrices of any strides, over any outer axes.
#include "../kernels.h"
#include "dots.h"

namespace pellucid::PELLUCID_ISA {

namespace {

// One product of the batch, or `m` of its `all` rows. With one column the result's vectors may as
// well lie along the rows (c = a b becomes c^T = b^T a^T), and with one row along the terms.
template <class T>
void multiply(const Matrix<T>& a, const Matrix<T>& b, T* c, Int m, Int n, Int k, Int all,
              T* scratch) {
    Product<T> x;
    x.start = nullptr, x.start_step = 0, x.c = c, x.scratch = scratch;
    const bool turn = n == 1 ? a.row == 1 && a.col != 1 : all == 1 && b.row == 1 && b.col != 1;
    const Matrix<T> left = turn ? Matrix<T>{b.base, b.col, b.row} : a;
    x.b = turn ? Matrix<T>{a.base, a.col, a.row} : b;
    x.a = {left.base, left.row, left.col, nullptr, nullptr, 1};
    x.rows = turn ? n : m, x.cols = turn ? m : n, x.terms = k;
    x.c_step = x.cols;
    if (left.col == 1 && takes_dots<T>(turn ? all : n, k)) product_dots(x);
    else if (left.col == 1) product<BY_ROWS>(x);
    else if (left.row == 1) product<BY_COLUMNS>(x);
    else product<STRIDED>(x);
}

}  // namespace

template <class T>
void gemm(const Call& call, const Frame& frame) {
    const Int* ints = call.ints;
    const Int m = ints[0], n = ints[1], k = ints[2], rank = ints[7];
    const Int* axes = ints + 8;  // (size, stride in a, stride in b) each
    T* scratch = reinterpret_cast<T*>(frame.scratch);
    Int outer = 1;
    for (Int d = 0; d < rank; ++d) outer *= axes[3 * d];
    const T* a = frame.at<T>(call, 0);
    const T* b = frame.at<T>(call, 1);
    T* c = frame.at<T>(call, 2);
    const Range rows = part(outer * m, TILE_ROWS, frame.share, frame.shares);
    for (Int at = rows.begin; at < rows.end;) {
        const Int o = at / m, i = at % m, count = least(m - i, rows.end - at);
        Matrix<T> left{a, ints[3], ints[4]}, right{b, ints[5], ints[6]};
        Int rest = o;
        for (Int d = rank - 1; d >= 0; --d) {
            const Int place = rest % axes[3 * d];
            rest /= axes[3 * d];
            left.base += place * axes[3 * d + 1], right.base += place * axes[3 * d + 2];
        }
        multiply(left.from(i, 0), right, c + at * n, count, n, k, m, scratch);
        at += count;
    }
}

PELLUCID_BOTH(gemm)

}  // namespace pellucid::PELLUCID_ISA
