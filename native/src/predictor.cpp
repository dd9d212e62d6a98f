#include "predictor.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <tuple>

#include "interrupt.h"
#include "pool.h"

namespace nb = nanobind;

namespace pellucid {

namespace {

constexpr double WORTH_RELEASING = 50e-6;  // seconds; below, another thread waits no longer than this
constexpr double WORTH_SHARING = 60e-6;
constexpr double PATIENCE = 20e-3;  // seconds of work between looks for an interrupt
constexpr Int FILLED_UP = 16;       // rows: what is left below this is one piece, filled up

struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
};

std::unique_ptr<std::byte, Free> zeros(Int bytes) {
    const auto size = static_cast<std::size_t>((bytes + 64) / 64 * 64);
    auto* memory = static_cast<std::byte*>(std::aligned_alloc(64, size));
    if (memory == nullptr) throw std::bad_alloc();
    std::memset(memory, 0, size);
    return std::unique_ptr<std::byte, Free>(memory);
}

int power_of(Int rows) {  // the least power of two that holds them
    int power = 0;
    while ((Int(1) << power) < rows) ++power;
    return power;
}

// What a buffer's format says, or none. NumPy writes others for swapped bytes.
Source source_of(const Py_buffer& view) {
    if (view.format == nullptr || view.format[0] == '\0' || view.format[1] != '\0') {
        return Source::none;
    }
    const char letter = view.format[0];
    if (letter == 'f') return Source::f32;
    if (letter == 'd') return Source::f64;
    const bool sign = std::strchr("bhilq", letter) != nullptr;
    if (!sign && std::strchr("BHILQ", letter) == nullptr) return Source::none;
    switch (view.itemsize) {
        case 1: return sign ? Source::i8 : Source::u8;
        case 2: return sign ? Source::i16 : Source::u16;
        case 4: return sign ? Source::i32 : Source::u32;
        case 8: return sign ? Source::i64 : Source::none;
        default: return Source::none;
    }
}

class Buffer {
  public:
    ~Buffer() {
        if (held_) PyBuffer_Release(&view);
    }
    bool open(nb::handle from, int flags) {
        held_ = PyObject_GetBuffer(from.ptr(), &view, flags) == 0;
        if (!held_) PyErr_Clear();
        return held_;
    }
    Py_buffer view;

  private:
    bool held_ = false;
};

}  // namespace

// The memory of one run of one plan.
struct Predictor::Desk {
    std::unique_ptr<std::byte, Free> z, y;
    Plan::Session session;

    Desk(Plan& plan, Int z_bytes, Int y_bytes)
        : z(zeros(z_bytes)), y(zeros(y_bytes)), session(plan) {}
};

struct Predictor::Slot {
    nb::object keep;  // the plan
    Plan* plan = nullptr;
    int input = 0, output = 0;
    std::vector<std::tuple<int, std::uintptr_t>> fixed;
    double seconds = 0;
    Int rows = 0;
    std::mutex lock;
    std::vector<std::unique_ptr<Desk>> idle;

    std::unique_ptr<Desk> borrow(Int z_bytes, Int y_bytes) {
        {
            std::lock_guard<std::mutex> hold(lock);
            if (!idle.empty()) {
                auto desk = std::move(idle.back());
                idle.pop_back();
                return desk;
            }
        }
        auto desk = std::make_unique<Desk>(*plan, z_bytes, y_bytes);
        for (const auto& [buffer, address] : fixed) {
            desk->session.bind(buffer, reinterpret_cast<std::byte*>(address));
        }
        desk->session.bind(input, desk->z.get());
        desk->session.bind(output, desk->y.get());
        return desk;
    }
    void give_back(std::unique_ptr<Desk> desk) {
        std::lock_guard<std::mutex> hold(lock);
        idle.push_back(std::move(desk));
    }
};

// The rows to predict.
struct Predictor::Rows {
    Source kind;
    const char* data;
    Int count, row_bytes;
};

struct Predictor::Job {
    struct Piece {
        Int first, rows;
        Slot* slot;
    };
    Predictor* self;
    Rows rows;
    char* result;
    std::vector<Piece> pieces;
    double seconds = 0;
    std::size_t end = 0;  // pieces before this one are to be done now
    std::atomic<std::size_t> next{0};
    std::atomic<bool> good{true};

    static void run(void* context, int) {
        Job& job = *static_cast<Job*>(context);
        for (std::size_t k = job.next++; k < job.end && job.good; k = job.next++) {
            if (!job.self->compute(job, k)) job.good = false;
        }
    }
};

Predictor::Predictor(bool single, int threads, Int block, InputSpec input, AnswerSpec answer,
                     nb::object array_type, nb::object empty, nb::object dtype, nb::tuple tail,
                     nb::object make)
    : single_(single), threads_(threads), block_(block), width_(1), item_(single ? 4 : 8),
      input_(std::move(input)), answer_(std::move(answer)), array_type_(array_type), empty_(empty),
      dtype_(dtype), tail_(tail), make_(make) {
    for (const Int size : input_.row_shape) width_ *= size;
    const auto labels = static_cast<Int>(answer_.labels.size());
    switch (answer_.kind) {
        case Answer::same: answer_bytes_ = answer_.outputs * item_; break;
        case Answer::pair: answer_bytes_ = 2 * item_; break;
        case Answer::scaled: answer_bytes_ = answer_.outputs * 8; break;
        case Answer::most: answer_bytes_ = labels / answer_.outputs; break;
        case Answer::past: answer_bytes_ = labels / 2; break;
    }
    one_row_ = nb::make_tuple(1) + tail_;
}

Predictor::~Predictor() {
    for (auto& slot : slots_) {  // the memory before the plan that it belongs to
        if (slot) slot->idle.clear();
    }
}

bool Predictor::look(const Py_buffer& view, Rows& rows) const {
    const auto& shape = input_.row_shape;
    if (view.ndim != static_cast<int>(shape.size()) + 1 || view.shape[0] == 0) return false;
    for (std::size_t k = 0; k < shape.size(); ++k) {
        if (view.shape[k + 1] != shape[k]) return false;
    }
    rows = {source_of(view), static_cast<const char*>(view.buf), view.shape[0],
            width_ * view.itemsize};
    const bool fraction = rows.kind == Source::f32 || rows.kind == Source::f64;
    if (rows.kind == Source::none || (input_.whole && fraction)) return false;
    return reinterpret_cast<std::uintptr_t>(view.buf) % static_cast<std::size_t>(view.itemsize) == 0;
}

nb::object Predictor::room(Int count) const {
    if (count == 1) return empty_(one_row_, dtype_);
    return empty_(nb::make_tuple(count) + tail_, dtype_);
}

nb::object Predictor::operator()(nb::handle x) {
    Buffer given, taken;
    Rows rows;
    if (reinterpret_cast<PyObject*>(Py_TYPE(x.ptr())) != array_type_.ptr() ||
        !given.open(x, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) || !look(given.view, rows)) {
        return nb::none();
    }
    nb::object result = room(rows.count);
    if (!taken.open(result, PyBUF_WRITABLE)) return nb::none();
    Job job{this, rows, static_cast<char*>(taken.view.buf), {}};
    add_pieces(0, rows.count, piece_rows(rows.count), job);
    bool good;
    if (job.seconds < WORTH_RELEASING) {
        job.end = job.pieces.size();
        Job::run(&job, 0);
        good = job.good;
    } else {
        good = work(job);
    }
    return good ? result : nb::none();
}

// How many rows the largest piece takes: so few that each thread has one.
Int Predictor::piece_rows(Int count) const {
    Int most = block_;
    while (threads_ > 1 && most > FILLED_UP && most * threads_ > count) most /= 2;
    return most;
}

void Predictor::add_pieces(Int first, Int count, Int most, Job& job) {
    while (count > 0) {
        int power = power_of(std::min(count, most));
        if ((Int(1) << power) > count && count > FILLED_UP) --power;
        Slot& place = slot(power);
        const Int rows = std::min(count, place.rows);
        job.pieces.push_back({first, rows, &place});
        job.seconds += place.seconds;
        first += rows, count -= rows;
    }
}

Predictor::Slot& Predictor::slot(int power) {
    auto& place = slots_[static_cast<std::size_t>(power)];
    if (!place) {
        auto made = nb::cast<nb::tuple>(make_(Int(1) << power));
        auto slot = std::make_unique<Slot>();
        slot->keep = made[0];
        slot->plan = nb::cast<Plan*>(made[0]);
        slot->input = nb::cast<int>(made[1]);
        slot->output = nb::cast<int>(made[2]);
        for (nb::handle entry : nb::cast<nb::list>(made[3])) {
            slot->fixed.emplace_back(nb::cast<int>(entry[0]), nb::cast<std::uintptr_t>(entry[1]));
        }
        slot->seconds = nb::cast<double>(made[4]);
        slot->rows = Int(1) << power;
        if (!place) place = std::move(slot);  // another thread may have made it meanwhile
    }
    return *place;
}

// Long work: without the lock of Python, by several threads where that pays.
bool Predictor::work(Job& job) {
    const auto count = job.pieces.size();
    const int shares = job.seconds < WORTH_SHARING
                           ? 1
                           : static_cast<int>(std::min<std::size_t>(
                                 static_cast<std::size_t>(threads_), count));
    const double each = job.seconds / static_cast<double>(count);
    const auto some = std::max<std::size_t>(static_cast<std::size_t>(shares) * 4,
                                            static_cast<std::size_t>(PATIENCE / each));
    bool stopped = false;
    {
        Unlocked unlocked;
        for (std::size_t first = 0; first < count && job.good && !stopped; first += some) {
            job.next = first, job.end = std::min(count, first + some);
            if (shares == 1) Job::run(&job, 0);
            else Pool::get().run(shares, &Job::run, &job);
            stopped = job.end < count && interrupted();
        }
    }
    if (stopped) throw nb::python_error();
    return job.good;
}

bool Predictor::compute(const Job& job, std::size_t piece) {
    const auto& [first, rows, slot] = job.pieces[piece];
    auto desk = slot->borrow(slot->rows * width_ * item_, slot->rows * answer_.outputs * item_);
    const bool good = encode(job, first, rows, *desk) && desk->session.run();
    if (good) {
        char* to = job.result + first * answer_bytes_;
        if (single_) decode(reinterpret_cast<const float*>(desk->y.get()), rows, to);
        else decode(reinterpret_cast<const double*>(desk->y.get()), rows, to);
    } else {
        std::memset(desk->z.get(), 0, static_cast<std::size_t>(slot->rows * width_ * item_));
    }
    slot->give_back(std::move(desk));
    return good;
}

bool Predictor::encode(const Job& job, Int first, Int count, Desk& desk) const {
    const char* x = job.rows.data + first * job.rows.row_bytes;
    std::byte* const bases[] = {
        reinterpret_cast<std::byte*>(const_cast<char*>(x)),
        reinterpret_cast<std::byte*>(const_cast<double*>(input_.mean.data())),
        reinterpret_cast<std::byte*>(const_cast<double*>(input_.scale.data())), desk.z.get()};
    static constexpr Operand operands[] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {3, 0, 0}};
    const Int ints[] = {static_cast<Int>(job.rows.kind), width_,
                        static_cast<Int>(input_.mean.size())};
    constexpr auto id = static_cast<int>(KernelId::encode);
    const Call call{id, operands, 4, ints, 3, nullptr, nullptr, nullptr};
    Fault fault;
    const Frame frame{bases, nullptr, 0, count, 0, 1, true, nullptr, 0, &fault};
    (single_ ? table().f32 : table().f64)[id](call, frame);
    return !fault.infinite;
}

template <class T>
void Predictor::decode(const T* y, Int count, char* to) const {
    const Int outputs = answer_.outputs;
    const auto bytes = static_cast<std::size_t>(answer_bytes_);
    const char* labels = answer_.labels.data();
    switch (answer_.kind) {
        case Answer::same:
            std::memcpy(to, y, static_cast<std::size_t>(count) * bytes);
            break;
        case Answer::pair:
            for (Int i = 0; i < count; ++i) {
                reinterpret_cast<T*>(to)[2 * i] = T(1) - y[i];
                reinterpret_cast<T*>(to)[2 * i + 1] = y[i];
            }
            break;
        case Answer::scaled:
            for (Int i = 0; i < count * outputs; ++i) {
                const auto j = static_cast<std::size_t>(i % outputs);
                const double grown = static_cast<double>(y[i]) * answer_.scale[j];
                reinterpret_cast<double*>(to)[i] = grown + answer_.mean[j];
            }
            break;
        case Answer::most:
            for (Int i = 0; i < count; ++i, y += outputs, to += bytes) {
                Int most = 0;
                for (Int j = 1; j < outputs; ++j) {
                    if (y[j] > y[most]) most = j;
                }
                std::memcpy(to, labels + most * answer_bytes_, bytes);
            }
            break;
        case Answer::past:
            for (Int i = 0; i < count; ++i, to += bytes) {
                const bool second = y[i] > static_cast<T>(answer_.halfway);
                std::memcpy(to, labels + (second ? answer_bytes_ : 0), bytes);
            }
            break;
    }
}

void add_predictor(nb::module_& m) {
    m.attr("ANSWERS") = nb::make_tuple("same", "pair", "scaled", "most", "past");
    nb::class_<Predictor>(m, "Predictor")
        .def(
            "__init__",
            [](Predictor* self, bool single, int threads, Int block, std::vector<Int> row_shape,
               std::vector<double> in_mean, std::vector<double> in_scale, bool whole, int answer,
               Int outputs, std::vector<double> mean, std::vector<double> scale, double halfway,
               nb::bytes labels, nb::object array_type, nb::object empty, nb::object dtype,
               nb::tuple tail, nb::object make) {
                new (self) Predictor(
                    single, threads, block, {row_shape, in_mean, in_scale, whole},
                    {static_cast<Answer>(answer), outputs, mean, scale, halfway,
                     std::string(labels.c_str(), labels.size())},
                    array_type, empty, dtype, tail, make);
            },
            nb::kw_only(), nb::arg("single"), nb::arg("threads"), nb::arg("block"),
            nb::arg("row_shape"), nb::arg("in_mean"), nb::arg("in_scale"), nb::arg("whole"),
            nb::arg("answer"), nb::arg("outputs"), nb::arg("mean"), nb::arg("scale"),
            nb::arg("halfway"), nb::arg("labels"), nb::arg("array_type"), nb::arg("empty"),
            nb::arg("dtype"), nb::arg("tail"), nb::arg("make"))
        .def("__call__", &Predictor::operator(), nb::arg("x").none());
}

}  // namespace pellucid
