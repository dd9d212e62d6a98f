// The kernels, what each expects in its call, and the table from which a plan takes them.
//
// T is float or double. "rows" stands for frame.rows. A kernel works on one chunk of rows, or, where
// it says "split", on the part of its work that frame.share of frame.shares takes. Kinds of element:
// 0 is T, 1 is int64, 2 is bool (one byte). All values are contiguous unless strides are given.
//
//   chain           (split) see chain.h; scratch: Chain::scratch bytes, also for chain_panel, which takes
//                           linear chains (no ROW or COL registers that matter, no sums) only
//   gemm            split   [a, b, c]  ints m n k | row and column stride of a, of b | d, then d times
//                           (size, stride in a, stride in b): c = a b for each of the d outer axes
//                           (c contiguous; frame.rows not read); scratch: max(360448, 3 k item) bytes
//   gemm_rows               [a, b, c, bias?] ints n k | row, column stride of b | a is picked (0/1) |
//                           rows a sample: c (rows, n) = a (rows, k) b (k, n) + bias (n)
//                           scratch: 360448 bytes, for n <= 3 max(360448, n k item)
//   gemm_reduce     split   [a, g, c] ints k n | a is picked | g is picked | rows a sample: c (k, n) = sum
//                           over rows of a (rows, k)^T g (rows, n), adding to c unless frame.fresh. With
//                           `after`: the panel of rows [i, j) of c is given to that chain (operand 0 is the
//                           panel, elements [i n, j n) of its flat space) and is not written to c.
//                           Split over k (each share sums over all rows). Scratch, with r rows times
//                           rows a sample: min(r, 1024) ceil64(n item) + 49152 bytes; with `after`
//                           r ceil64(n item) + 49152 + max(16384, 12 n item) + 128, and the chain's
//   conv2d                  [x, w, y, bias?] all but w and bias in lanes; ints: window (below)
//   conv2d_input_gradient   [g, w, dx]  ints: window
//   conv2d_weight_gradient  [x, g, dw]  ints: window; adds to dw unless frame.fresh. Dead lanes of x and
//                           g (rows < LANES) are zeroed first.
//           window = C H W | O kh kw | H' W' | stride 2 | padding above, left | dilation 2 | groups
//           scratch, in bytes, item being sizeof(T): conv2d        min(6, O/groups) C/groups kh kw item,
//           input gradient min(6, C/groups) O/groups kh kw item,   weight gradient max(16384, 384 kh kw)
//   max_pool2d              [x, y]      ints: pool        (lanes)
//   max_pool2d_gradient     [x, g, dx]  ints: pool
//   max_pool2d_select       [x, v, y]   ints: pool
//   avg_pool2d              [x, y]      ints: pool, count padding (0/1)
//   avg_pool2d_gradient     [g, dx]     ints: pool, count padding
//           pool = C H W | H' W' | size 2 | stride 2 | padding above, left
//   to_lanes                [x, y]  ints width | x is picked: rows to lanes; dead lanes become 0
//   to_rows                 [x, y]  ints width: lanes to rows
//   pick                    [x, y]  ints width | kind: rows of x by the batch's index, copied
//   move                    [x, y]  ints kind | rows a sample (0: first size is as given; else it is
//                           frame.rows times that) | rank | sizes | strides of x | strides of y
//   fill                    [y]     ints kind | rows a sample (0: fixed) | count; floats value
//   reduce          split   [x, y]  ints op (0 sum, 1 mean, 2 max, 3 logsumexp, 4 argmax) | kind | rows a
//                           sample (0: outer as given, else outer is frame.rows times that) | outer |
//                           reduced | inner: y[o][i] = op over r of x[o][r][i]
//   gather                  [table, index, y]  ints kind | which size has the rows (0 none, 1 outer,
//                           2 count) | outer | size | count | inner: y[o][k][i] = table[o][index[k]][i]
//   scatter_add             [updates, index, y] ints as gather, kind T: y = 0, then
//                           y[o][index[k]][i] += updates[o][k][i] in the order of k
//   one_hot                 [index, y]  ints rows a sample (0: fixed) | count | depth
//   uniform normal          [key, y]  ints stream | rows a sample (0: fixed) | count (elements a row,
//                           or in all): element e of the whole value is number e of the stream
//   bernoulli               the same, y bool; floats chance
//   encode                  [x, mean, scale, z]  ints Source of x | width | columns of mean and scale (0:
//                           neither, 1: one number for all, else width), both double: z (rows, width) =
//                           (x - mean) / scale; where z is NaN or infinite, frame.fault->infinite is set
//   permutation             [key, y]  ints stream | size (not per ISA: plan.cpp's common table); takes
//                           24 size + 64 bytes of scratch
//
// Where an index is outside its range the kernel calls frame.fault->outside(...) and reads nothing.
#pragma once

#include <vector>

#include "call.h"

#define PELLUCID_KERNELS(X)                                                                        \
    X(chain) X(gemm) X(gemm_rows) X(gemm_reduce)                                                   \
    X(conv2d) X(conv2d_input_gradient) X(conv2d_weight_gradient)                                   \
    X(max_pool2d) X(max_pool2d_gradient) X(max_pool2d_select)                                      \
    X(avg_pool2d) X(avg_pool2d_gradient)                                                           \
    X(to_lanes) X(to_rows) X(pick) X(move) X(fill) X(reduce) X(gather) X(scatter_add) X(one_hot)   \
    X(uniform) X(normal) X(bernoulli) X(encode)

// What `encode` reads.
#define PELLUCID_SOURCES(X)                                                                        \
    X(f32, float) X(f64, double) X(i8, std::int8_t) X(u8, std::uint8_t) X(i16, std::int16_t)       \
    X(u16, std::uint16_t) X(i32, std::int32_t) X(u32, std::uint32_t) X(i64, std::int64_t)

namespace pellucid {

enum class Source : int {
#define X(name, type) name,
    PELLUCID_SOURCES(X)
#undef X
        none
};

enum class KernelId : int {
#define X(name) name,
    PELLUCID_KERNELS(X)
#undef X
        count
};

constexpr int KERNEL_COUNT = static_cast<int>(KernelId::count);

// Kernels that are compiled once, for all sets alike. A sort:
constexpr int PERMUTATION = KERNEL_COUNT;
void permutation(const Call&, const Frame&);
// Another kernel on a fixed number of pictures that lie in rows, LANES at a time. ints: the kernel |
// whether T is float | pictures | operands | for each operand: role (0 as it is, 1 pictures read, 2
// pictures written), elements a picture | the kernel's ints. Scratch: LANES pictures of each such
// operand, rounded up to 64 bytes, and the kernel's.
constexpr int CHUNKED = KERNEL_COUNT + 1;
void chunked(const Call&, const Frame&);

struct Table {
    const char* isa;
    Kernel f32[KERNEL_COUNT];
    Kernel f64[KERNEL_COUNT];
};

// The table for this machine; PELLUCID_ISA=baseline|avx2|avx512 asks for a lesser one.
const Table& table();

// The names of the sets that were compiled, whether this machine has them or not.
std::vector<const char*> compiled_sets();

}  // namespace pellucid

// Each file in kernels/ is compiled once for each instruction set, with PELLUCID_ISA set to its name.
#ifdef PELLUCID_ISA
namespace pellucid::PELLUCID_ISA {
#define X(name)                                                                                    \
    template <class T>                                                                             \
    void name(const Call&, const Frame&);
PELLUCID_KERNELS(X)
#undef X

// Run a flat chain on elements [first, first + count) of its space, operand 0 being the panel.
template <class T>
void chain_panel(const Call& chain, const Frame& frame, Int first, Int count, T* panel);
}  // namespace pellucid::PELLUCID_ISA
#endif
