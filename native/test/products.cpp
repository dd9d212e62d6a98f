// Matrix products: gemm, gemm_rows, gemm_reduce.
#include "check.h"

namespace pellucid::test {
namespace {

constexpr std::size_t at(Int i) { return static_cast<std::size_t>(i); }

struct Sums {
    std::vector<double> value, size;
    explicit Sums(Int count) : value(at(count)), size(at(count)) {}
    void add(Int i, double term) { value[at(i)] += term, size[at(i)] += std::fabs(term); }
};

template <class T>
void check_gemm(Int outer, Int m, Int n, Int k, bool turn_a, bool turn_b, int shares) {
    const auto a = source.some<T>(outer * m * k), b = source.some<T>(k * n);
    std::vector<T> c(at(outer * m * n));
    const Int a_row = turn_a ? 1 : k, a_col = turn_a ? m : 1;
    const Int b_row = turn_b ? 1 : n, b_col = turn_b ? k : 1;
    run<T>(KernelId::gemm, {{a.data()}, {b.data()}, {c.data()}},
           {m, n, k, a_row, a_col, b_row, b_col, 1, outer, m * k, 0}, {}, {0, shares});
    Sums sums(outer * m * n);
    for (Int o = 0; o < outer; ++o)
        for (Int i = 0; i < m; ++i)
            for (Int j = 0; j < n; ++j)
                for (Int p = 0; p < k; ++p)
                    sums.add((o * m + i) * n + j, double{a[at(o * m * k + i * a_row + p * a_col)]} *
                                                      double{b[at(p * b_row + j * b_col)]});
    expect("gemm", c, sums.value, sums.size, static_cast<double>(k));
}

template <class T>
void check_gemm_rows(Int rows, Int n, Int k, bool turn_b, bool picked, bool biased) {
    const auto a = source.some<T>(rows * k), b = source.some<T>(k * n), bias = source.some<T>(n);
    std::vector<T> c(at(rows * n));
    std::vector<Int> index;
    for (Int r = 0; r < rows; ++r) index.push_back(rows - 1 - r);
    const Int b_row = turn_b ? 1 : n, b_col = turn_b ? k : 1;
    std::vector<Arg> args{{a.data(), k}, {b.data()}, {c.data(), n}};
    if (biased) args.push_back({bias.data()});
    run<T>(KernelId::gemm_rows, args, {n, k, b_row, b_col, picked, 1}, {},
           {rows, 1, true, index.data()});
    Sums sums(rows * n);
    for (Int r = 0; r < rows; ++r)
        for (Int j = 0; j < n; ++j) {
            if (biased) sums.add(r * n + j, double{bias[at(j)]});
            const Int row = picked ? index[at(r)] : r;
            for (Int p = 0; p < k; ++p)
                sums.add(r * n + j, double{a[at(row * k + p)]} * double{b[at(p * b_row + j * b_col)]});
        }
    expect("gemm_rows", c, sums.value, sums.size, static_cast<double>(k + 1));
}

template <class T>
Sums reduced(const std::vector<T>& a, const std::vector<T>& g, Int rows, Int k, Int n,
             const std::vector<Int>& index) {
    Sums sums(k * n);
    for (Int r = 0; r < rows; ++r)
        for (Int i = 0; i < k; ++i)
            for (Int j = 0; j < n; ++j)
                sums.add(i * n + j,
                         double{a[at((index.empty() ? r : index[at(r)]) * k + i)]} * double{g[at(r * n + j)]});
    return sums;
}

template <class T>
void check_gemm_reduce(Int rows, Int k, Int n, bool picked, bool fresh, int shares) {
    const auto a = source.some<T>(rows * k), g = source.some<T>(rows * n);
    auto c = source.some<T>(k * n);
    std::vector<Int> index;
    for (Int r = 0; picked && r < rows; ++r) index.push_back((r * 7 + 3) % rows);
    Sums sums = reduced(a, g, rows, k, n, index);
    for (Int i = 0; !fresh && i < k * n; ++i) sums.add(i, double{c[at(i)]});
    run<T>(KernelId::gemm_reduce, {{a.data(), k}, {g.data(), n}, {c.data()}}, {k, n, picked, 0, 1},
           {}, {rows, shares, fresh, picked ? index.data() : nullptr});
    expect("gemm_reduce", c, sums.value, sums.size, static_cast<double>(rows + 1));
}

// The weight's update w - 0.5 (a^T g), panel by panel, without a^T g in memory.
template <class T>
void check_after(Int rows, Int k, Int n, int shares) {
    const auto a = source.some<T>(rows * k), g = source.some<T>(rows * n);
    auto w = source.some<T>(k * n);
    Sums sums = reduced(a, g, rows, k, n, {});
    for (Int i = 0; i < k * n; ++i) {
        sums.value[at(i)] = double{w[at(i)]} - 0.5 * sums.value[at(i)];
        sums.size[at(i)] += std::fabs(double{w[at(i)]});
    }
    const std::vector<Int> ints{FLAT, 1, k * n, 1024, 4, 3, 3,
                                FULL, FLOAT, FULL, FLOAT, FULL, FLOAT, ONE, FLOAT,
                                LOAD, 0, LOAD, 1, STORE, 2,
                                static_cast<Int>(Op::CONST), 3, 0, -1, -1,
                                static_cast<Int>(Op::MUL), 2, 0, 3, -1,
                                static_cast<Int>(Op::ADD), 2, 1, 2, -1};
    const std::vector<double> floats{-0.5};
    Chain* chain = decode_chain(ints.data(), static_cast<Int>(ints.size()), floats.data(), 1, sizeof(T));
    std::vector<T> unused(at(k * n));
    const auto place = [](const T* at) { return reinterpret_cast<Int>(at); };
    Operand operands[]{{0, place(unused.data()), 0}, {0, place(w.data()), 0}, {0, place(w.data()), 0}};
    const Call after{static_cast<int>(KernelId::chain), operands, 3, ints.data(),
                     static_cast<int>(ints.size()), floats.data(), chain, nullptr};
    run<T>(KernelId::gemm_reduce, {{a.data(), k}, {g.data(), n}, {unused.data()}}, {k, n, 0, 0, 1},
           {}, {rows, shares}, nullptr, &after);
    free_chain(chain);
    expect("gemm_reduce with a chain after it", w, sums.value, sums.size, static_cast<double>(rows + 2));
}

}  // namespace

template <class T>
void check_products() {
    for (const Int n : {1, 2, 3, 5, 8, 17, 33, 70})
        for (const Int k : {1, 2, 7, 64, 300}) {
            for (const bool turn : {false, true}) {
                for (const Int m : {1, 3, 6, 13, 40}) {
                    check_gemm<T>(1, m, n, k, false, turn, 1);
                    check_gemm<T>(2, m, n, k, true, turn, 2);
                }
                check_gemm_rows<T>(21, n, k, turn, turn, !turn);
                check_gemm_rows<T>(5, n, k, turn, !turn, turn);
            }
            check_gemm_reduce<T>(19, k, n, false, true, 1);
            check_gemm_reduce<T>(19, k, n, true, false, 2);
            check_after<T>(19, k, n, 1);
        }
    check_gemm_reduce<T>(1100, 30, 70, true, true, 2);
    check_after<T>(200, 90, 70, 2);
}
template void check_products<float>();
template void check_products<double>();

}  // namespace pellucid::test
