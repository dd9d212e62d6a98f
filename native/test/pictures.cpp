// Convolution with its gradients, and pooling, on samples side by side.
#include "check.h"

namespace pellucid::test {
namespace {

constexpr std::size_t at(Int i) { return static_cast<std::size_t>(i); }

struct Shape {
    Int channels, height, width, outs, kernel_height, kernel_width;
    Int stride[2], padding[2], dilation[2], groups;

    Int out_height() const { return places(height, kernel_height, 0); }
    Int out_width() const { return places(width, kernel_width, 1); }
    Int places(Int size, Int taps, int axis) const {
        return (size + 2 * padding[axis] - dilation[axis] * (taps - 1) - 1) / stride[axis] + 1;
    }
    Int picture() const { return channels * height * width * LANES; }
    Int response() const { return outs * out_height() * out_width() * LANES; }
    Int kernel() const { return outs * (channels / groups) * kernel_height * kernel_width; }
    std::vector<Int> ints() const {
        return {channels, height, width, outs, kernel_height, kernel_width, out_height(), out_width(),
                stride[0], stride[1], padding[0], padding[1], dilation[0], dilation[1], groups};
    }
    // visit(x's element, w's, y's) for each product that there is, in all lanes.
    template <class Visit>
    void each(Visit visit) const {
        const Int taken = channels / groups, given = outs / groups;
        for (Int o = 0; o < outs; ++o)
            for (Int i = 0; i < out_height(); ++i)
                for (Int j = 0; j < out_width(); ++j)
                    for (Int c = 0; c < taken; ++c)
                        for (Int u = 0; u < kernel_height; ++u)
                            for (Int v = 0; v < kernel_width; ++v) {
                                const Int row = i * stride[0] + u * dilation[0] - padding[0];
                                const Int column = j * stride[1] + v * dilation[1] - padding[1];
                                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                                const Int channel = o / given * taken + c;
                                visit((channel * height + row) * width + column,
                                      ((o * taken + c) * kernel_height + u) * kernel_width + v,
                                      (o * out_height() + i) * out_width() + j);
                            }
    }
};

struct Sums {
    std::vector<double> value, size;
    explicit Sums(Int count) : value(at(count)), size(at(count)) {}
    void add(Int i, double term) { value[at(i)] += term, size[at(i)] += std::fabs(term); }
};

template <class T>
void check_convolution(const Shape& s, Int rows) {
    auto x = source.some<T>(s.picture()), g = source.some<T>(s.response());
    const auto w = source.some<T>(s.kernel()), bias = source.some<T>(s.outs);
    std::vector<T> y(at(s.response())), dx(at(s.picture())), dw(at(s.kernel()));
    Sums ys(s.response()), dxs(s.picture()), dws(s.kernel());
    for (Int i = 0; i < s.response(); ++i)
        ys.add(i, double{bias[at(i / (s.out_height() * s.out_width() * LANES))]});
    s.each([&](Int a, Int b, Int c) {
        for (Int lane = 0; lane < LANES; ++lane) {
            const Int from = a * LANES + lane, to = c * LANES + lane;
            ys.add(to, double{x[at(from)]} * double{w[at(b)]});
            dxs.add(from, double{g[at(to)]} * double{w[at(b)]});
            if (lane < rows) dws.add(b, double{x[at(from)]} * double{g[at(to)]});
        }
    });
    const double terms = static_cast<double>(s.kernel() + 1);
    run<T>(KernelId::conv2d, {{x.data()}, {w.data()}, {y.data()}, {bias.data()}}, s.ints(), {}, {rows});
    expect("conv2d", y, ys.value, ys.size, terms);
    run<T>(KernelId::conv2d_input_gradient, {{g.data()}, {w.data()}, {dx.data()}}, s.ints(), {}, {rows});
    expect("conv2d_input_gradient", dx, dxs.value, dxs.size, terms);
    run<T>(KernelId::conv2d_weight_gradient, {{x.data()}, {g.data()}, {dw.data()}}, s.ints(), {}, {rows});
    expect("conv2d_weight_gradient", dw, dws.value, dws.size, static_cast<double>(s.response()));
}

// Pooling over windows of the kernel's size, each channel by itself.
template <class T>
void check_pooling(const Shape& s) {
    const auto x = source.some<T>(s.picture()), g = source.some<T>(s.response());
    std::vector<double> top(at(s.response()), -2), mean(at(s.response())), dx(at(s.picture()));
    std::vector<Int> winner(at(s.response()));
    const double count = static_cast<double>(s.kernel_height * s.kernel_width);
    s.each([&](Int a, Int, Int c) {
        for (Int lane = 0; lane < LANES; ++lane) {
            const Int from = a * LANES + lane, to = c * LANES + lane;
            mean[at(to)] += double{x[at(from)]} / count;
            if (double{x[at(from)]} > top[at(to)]) top[at(to)] = double{x[at(from)]}, winner[at(to)] = from;
        }
    });
    for (Int i = 0; i < s.response(); ++i) dx[at(winner[at(i)])] += double{g[at(i)]};
    const std::vector<Int> ints{s.channels, s.height, s.width, s.out_height(), s.out_width(),
                                s.kernel_height, s.kernel_width, s.stride[0], s.stride[1],
                                s.padding[0], s.padding[1], 1};
    std::vector<T> y(at(s.response())), back(at(s.picture()));
    run<T>(KernelId::max_pool2d, {{x.data()}, {y.data()}}, ints, {}, {LANES});
    expect("max_pool2d", y, top, {}, 0);
    run<T>(KernelId::max_pool2d_gradient, {{x.data()}, {g.data()}, {back.data()}}, ints, {}, {LANES});
    expect("max_pool2d_gradient", back, dx, {}, count);
    run<T>(KernelId::avg_pool2d, {{x.data()}, {y.data()}}, ints, {}, {LANES});
    expect("avg_pool2d", y, mean, {}, count);
}

}  // namespace

template <class T>
void check_pictures() {
    check_convolution<T>({3, 9, 8, 7, 3, 3, {1, 1}, {1, 1}, {1, 1}, 1}, LANES);
    check_convolution<T>({8, 6, 7, 16, 1, 1, {1, 1}, {0, 0}, {1, 1}, 1}, LANES);
    check_convolution<T>({4, 11, 9, 6, 5, 3, {2, 1}, {2, 0}, {1, 2}, 2}, 5);
    check_convolution<T>({6, 8, 8, 6, 3, 3, {2, 2}, {1, 1}, {1, 1}, 6}, 11);
    check_convolution<T>({1, 1, 20, 13, 1, 5, {1, 3}, {0, 2}, {1, 1}, 1}, 1);
    check_pooling<T>({3, 8, 6, 3, 2, 2, {2, 2}, {0, 0}, {1, 1}, 3});
    check_pooling<T>({2, 9, 7, 2, 3, 2, {2, 1}, {1, 1}, {1, 1}, 2});
}
template void check_pictures<float>();
template void check_pictures<double>();

}  // namespace pellucid::test
