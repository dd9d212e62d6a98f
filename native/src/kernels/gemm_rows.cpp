// c = a b + bias for the rows of a batch.
#include "../kernels.h"
#include "dots.h"

namespace pellucid::PELLUCID_ISA {

template <class T>
void gemm_rows(const Call& call, const Frame& frame) {
    const Int n = call.ints[0], k = call.ints[1], per_sample = call.ints[5];
    const bool picked = call.ints[4];
    const Operand& a = call.operands[0];
    Product<T> x;
    x.a = {frame.at<T>(a), k, 1, picked ? &frame : nullptr, &a, per_sample};
    x.b = {frame.at<T>(call, 1), call.ints[2], call.ints[3]};
    x.start = call.operand_count > 3 ? frame.at<T>(call, 3) : nullptr;
    x.start_step = 0;
    x.c = frame.at<T>(call, 2);
    x.c_step = n;
    x.rows = frame.rows * per_sample, x.cols = n, x.terms = k;
    x.scratch = reinterpret_cast<T*>(frame.scratch);
    if (takes_dots<T>(n, k)) product_dots(x);
    else product<BY_ROWS>(x);
}

PELLUCID_BOTH(gemm_rows)

}  // namespace pellucid::PELLUCID_ISA
