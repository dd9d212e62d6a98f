// Chains, reductions and random numbers.
#include "check.h"

namespace pellucid::test {
namespace {

constexpr std::size_t at(Int i) { return static_cast<std::size_t>(i); }

// y = op(x), or op(x, z) or op(x, z, z), element by element.
template <class T>
void check_op(const char* name, Op op, int arity, double low, double high,
              double (*wanted)(double x, double z), double roundings) {
    constexpr Int COUNT = 203;
    auto x = source.some<T>(COUNT), z = source.some<T>(COUNT);
    std::vector<T> y(at(COUNT));
    std::vector<double> right;
    for (Int i = 0; i < COUNT; ++i) {
        x[at(i)] = static_cast<T>(low + (high - low) * 0.5 * (1 + double{x[at(i)]}));
        right.push_back(wanted(double{x[at(i)]}, double{z[at(i)]}));
    }
    const std::vector<Int> ints{FLAT, 1, COUNT, 128, 3, 1, 3, FULL, FLOAT, FULL, FLOAT, FULL, FLOAT,
                                LOAD, 0, LOAD, 1, STORE, 2, static_cast<Int>(op), 2, 0,
                                arity > 1 ? 1 : -1, arity > 2 ? 1 : -1};
    Chain* chain = decode_chain(ints.data(), static_cast<Int>(ints.size()), nullptr, 0, sizeof(T));
    run<T>(KernelId::chain, {{x.data()}, {z.data()}, {y.data()}}, ints, {}, {0, 2}, chain);
    free_chain(chain);
    expect(name, y, right, {}, roundings);
}

// Softmax's logarithm along rows, and the sums of its columns over a batch.
template <class T>
void check_log_softmax(Int rows, Int cols) {
    const auto x = source.some<T>(rows * cols);
    std::vector<T> y(at(rows * cols)), sums(at(cols));
    std::vector<double> right(at(rows * cols)), totals(at(cols));
    for (Int r = 0; r < rows; ++r) {
        double sum = 0;
        for (Int j = 0; j < cols; ++j) sum += std::exp(double{x[at(r * cols + j)]});
        for (Int j = 0; j < cols; ++j) {
            right[at(r * cols + j)] = double{x[at(r * cols + j)]} - std::log(sum);
            totals[at(j)] += right[at(r * cols + j)];
        }
    }
    const std::vector<Int> ints{ROWS, 1, cols, cols < 128 ? Int{128} : cols, 2, 1, 3, FULL, FLOAT, FULL, FLOAT,
                                LOAD, 0, STORE, 1, SUM_ROWS, 1,
                                static_cast<Int>(Op::LOG_SOFTMAX), 1, 0, -1, -1};
    Chain* chain = decode_chain(ints.data(), static_cast<Int>(ints.size()), nullptr, 0, sizeof(T));
    run<T>(KernelId::chain, {{x.data(), cols}, {y.data(), cols}, {sums.data()}}, ints, {}, {rows}, chain);
    free_chain(chain);
    expect("log_softmax", y, right, {}, 20);
    expect("its sums", sums, totals, {}, 20 * static_cast<double>(rows));
}

enum { SUM, MEAN, MAX_OF, LOGSUMEXP };

template <class T>
void check_reduce(Int op, Int outer, Int reduced, Int inner, int shares) {
    const auto x = source.some<T>(outer * reduced * inner);
    std::vector<T> y(at(outer * inner));
    std::vector<double> right;
    for (Int o = 0; o < outer; ++o)
        for (Int i = 0; i < inner; ++i) {
            double sum = 0, top = -2, powers = 0;
            for (Int r = 0; r < reduced; ++r) {
                const double value{x[at((o * reduced + r) * inner + i)]};
                sum += value, top = std::fmax(top, value), powers += std::exp(value);
            }
            right.push_back(op == SUM ? sum : op == MEAN ? sum / static_cast<double>(reduced)
                            : op == MAX_OF ? top : std::log(powers));
        }
    run<T>(KernelId::reduce, {{x.data()}, {y.data()}}, {op, 0, 0, outer, reduced, inner}, {}, {0, shares});
    expect("reduce", y, right, {}, op == MAX_OF ? 0 : static_cast<double>(reduced) + 8);
}

// Word `place` of a stream by Philox 4x32-10, one block at a time.
std::uint32_t word(const Int* key, Int stream, Int place) {
    std::uint32_t c[4] = {static_cast<std::uint32_t>(place / 4), static_cast<std::uint32_t>(stream),
                          static_cast<std::uint32_t>(key[1]), static_cast<std::uint32_t>(key[1] >> 32)};
    std::uint32_t k0 = static_cast<std::uint32_t>(key[0]), k1 = static_cast<std::uint32_t>(key[0] >> 32);
    for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        const std::uint64_t first = 0xD2511F53ull * c[0], second = 0xCD9E8D57ull * c[2];
        const std::uint32_t next[4] = {
            static_cast<std::uint32_t>(second >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(second),
            static_cast<std::uint32_t>(first >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(first)};
        std::memcpy(c, next, sizeof(c));
    }
    return c[place % 4];
}
double fraction(const Int* key, Int stream, Int place) {
    return static_cast<double>(word(key, stream, place) >> 8) * 0x1p-24;
}

template <class T>
void check_random(Int count) {
    const Int key[2] = {0x123456789ABCDEF, 77}, stream = 5;
    std::vector<double> uniform, normal, rare;
    for (Int i = 0; i < count; ++i) {
        uniform.push_back(fraction(key, stream, i));
        rare.push_back(uniform.back() < 0.3);
        const double radius = std::sqrt(-2 * std::log(1 - fraction(key, stream, i / 2 * 2)));
        const double angle = 2 * std::acos(-1.0) * fraction(key, stream, i / 2 * 2 + 1);
        normal.push_back(radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle)));
    }
    std::vector<T> y(at(count)), chosen(at(count));
    std::vector<unsigned char> bits(at(count));
    run<T>(KernelId::uniform, {{key}, {y.data()}}, {stream, 0, count});
    expect("uniform", y, uniform, {}, 0);
    run<T>(KernelId::normal, {{key}, {y.data()}}, {stream, 0, count});
    expect("normal", y, normal, {}, 8);
    run<T>(KernelId::bernoulli, {{key}, {bits.data()}}, {stream, 0, count}, {0.3});
    for (Int i = 0; i < count; ++i) chosen[at(i)] = static_cast<T>(bits[at(i)]);
    expect("bernoulli", chosen, rare, {}, 0);
}

}  // namespace

template <class T>
void check_rows() {
    check_op<T>("add", Op::ADD, 2, -3, 3, [](double x, double z) { return x + z; }, 1);
    check_op<T>("multiply", Op::MUL, 2, -3, 3, [](double x, double z) { return x * z; }, 1);
    check_op<T>("divide", Op::DIV, 2, -3, 3, [](double x, double z) { return x / z; }, 1);
    check_op<T>("fma", Op::FMA, 3, -3, 3, [](double x, double z) { return x * z + z; }, 3);
    check_op<T>("max", Op::MAX, 2, -1, 1, [](double x, double z) { return std::fmax(x, z); }, 0);
    check_op<T>("exp", Op::EXP, 1, -20, 20, [](double x, double) { return std::exp(x); }, 4);
    check_op<T>("log", Op::LOG, 1, 1e-3, 9, [](double x, double) { return std::log(x); }, 4);
    check_op<T>("log1p", Op::LOG1P, 1, -0.9, 9, [](double x, double) { return std::log1p(x); }, 4);
    check_op<T>("sqrt", Op::SQRT, 1, 0, 9, [](double x, double) { return std::sqrt(x); }, 1);
    check_op<T>("tanh", Op::TANH, 1, -9, 9, [](double x, double) { return std::tanh(x); }, 4);
    check_op<T>("erf", Op::ERF, 1, -4, 4, [](double x, double) { return std::erf(x); }, 4);
    check_op<T>("sigmoid", Op::SIGMOID, 1, -9, 9,
                [](double x, double) { return 1 / (1 + std::exp(-x)); }, 4);
    for (const Int cols : {1, 3, 10, 33}) check_log_softmax<T>(13, cols);
    for (const Int op : {SUM, MEAN, MAX_OF, LOGSUMEXP})
        for (const Int inner : {1, 3, 21, 130})
            for (const Int reduced : {1, 5, 40}) check_reduce<T>(op, 4, reduced, inner, 1 + (inner > 1));
    for (const Int count : {1, 7, 64, 3001}) check_random<T>(count);
}
template void check_rows<float>();
template void check_rows<double>();

}  // namespace pellucid::test
