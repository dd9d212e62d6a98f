// Prediction with as little as possible around the kernels: from a NumPy array to the answers.
//
// A predictor has plans for 1, 2, 4, ... rows, made when they are first needed. Any number of rows is
// a sequence of such pieces; what is left of less than 16 rows is filled up to the next size. Of each
// plan there are as many desks (memory of one run) as threads were ever in it at once.
#pragma once

#include <nanobind/nanobind.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "plan.h"

namespace pellucid {

// What becomes of a row of the network's numbers y.
enum class Answer : int {
    same,    // y
    pair,    // of one number: 1 - y, y
    scaled,  // y * scale + mean, in double
    most,    // the label at the place of the largest, the first of equals
    past     // of one number: the second label where it is above `halfway`, else the first
};

struct AnswerSpec {
    Answer kind;
    Int outputs;  // numbers a row that the network gives
    std::vector<double> mean, scale;
    double halfway;
    std::string labels;  // the bytes of all labels, one after the other
};

struct InputSpec {
    std::vector<Int> row_shape;
    std::vector<double> mean, scale;  // each empty, of one number, or of one a value of a row
    bool whole;                       // only whole numbers are taken
};

class Predictor {
  public:
    Predictor(bool single, int threads, Int block, InputSpec input, AnswerSpec answer,
              nanobind::object array_type, nanobind::object empty, nanobind::object dtype,
              nanobind::tuple tail, nanobind::object make);
    ~Predictor();

    // The answers, or None for what has to go the long way: another kind of array, numbers that are
    // not finite, on the way in or out.
    nanobind::object operator()(nanobind::handle x);

  private:
    struct Desk;
    struct Slot;
    struct Rows;
    struct Job;

    bool look(const Py_buffer& view, Rows& rows) const;
    Int piece_rows(Int count) const;
    void add_pieces(Int first, Int count, Int most, Job& job);
    Slot& slot(int power);
    bool work(Job& job);
    bool compute(const Job& job, std::size_t piece);
    bool encode(const Job& job, Int first, Int count, Desk& desk) const;
    template <class T>
    void decode(const T* y, Int count, char* to) const;
    nanobind::object room(Int count) const;

    static constexpr int POWERS = 12;

    bool single_;
    int threads_;
    Int block_, width_, item_, answer_bytes_;
    InputSpec input_;
    AnswerSpec answer_;
    nanobind::object array_type_, empty_, dtype_;
    nanobind::tuple tail_;
    nanobind::object one_row_, make_;
    std::array<std::unique_ptr<Slot>, POWERS> slots_;
};

void add_predictor(nanobind::module_& m);

}  // namespace pellucid
