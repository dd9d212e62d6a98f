// The Python module pellucid._native: plans, and what this build can do.
#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "interrupt.h"
#include "plan.h"
#include "pool.h"
#include "predictor.h"

namespace nb = nanobind;
using namespace pellucid;

namespace {

using OperandTuple = std::tuple<std::int32_t, Int, Int>;

CallSpec read_call(nb::handle given) {
    auto fields = nb::cast<nb::tuple>(given);
    CallSpec spec;
    spec.kernel = nb::cast<std::string>(fields[0]);
    for (const auto& [buffer, offset, pitch] : nb::cast<std::vector<OperandTuple>>(fields[1])) {
        spec.operands.push_back({buffer, offset, pitch});
    }
    spec.ints = nb::cast<std::vector<Int>>(fields[2]);
    spec.floats = nb::cast<std::vector<double>>(fields[3]);
    if (!fields[4].is_none()) spec.after = std::make_shared<CallSpec>(read_call(fields[4]));
    return spec;
}

StageSpec read_stage(nb::handle given) {
    auto fields = nb::cast<nb::tuple>(given);
    StageSpec stage{static_cast<Turn>(nb::cast<int>(fields[0])), nb::cast<int>(fields[1]),
                    nb::cast<Int>(fields[2]), {}};
    for (nb::handle call : nb::cast<nb::sequence>(fields[3])) {
        stage.calls.push_back(read_call(call));
    }
    return stage;
}

void make_plan(Plan* self, bool single, bool slow, Int batch,
               std::tuple<Int, Int, Int> bytes,
               const std::vector<std::tuple<int, Int, Int>>& buffers, nb::list constants,
               nb::list stages, const std::vector<std::pair<int, Int>>& checks) {
    PlanSpec spec{single, batch, std::get<0>(bytes), std::get<1>(bytes), std::get<2>(bytes),
                  slow, {}, {}, {}, checks};
    for (const auto& [place, offset, stride] : buffers) {
        spec.buffers.push_back({static_cast<Place>(place), offset, stride});
    }
    for (nb::handle constant : constants) {
        auto bytes_object = nb::cast<nb::bytes>(constant);
        spec.constants.emplace_back(bytes_object.c_str(),
                                    bytes_object.c_str() + bytes_object.size());
    }
    for (nb::handle stage : stages) spec.stages.push_back(read_stage(stage));
    new (self) Plan(spec);
}

// Where the elements of a contiguous array start.
std::byte* address(nb::handle array) {
    Py_buffer view;
    if (PyObject_GetBuffer(array.ptr(), &view, PyBUF_SIMPLE) != 0) throw nb::python_error();
    std::byte* const start = static_cast<std::byte*>(view.buf);
    PyBuffer_Release(&view);
    return start;
}

Plan::Lap read_lap(nb::handle given) {
    auto fields = nb::cast<nb::tuple>(given);
    Plan::Lap lap{nb::cast<Plan*>(fields[0]), {}, nb::cast<Int>(fields[2]), nullptr};
    for (nb::handle bound : nb::cast<nb::sequence>(fields[1])) {
        auto [buffer, start, later, stride] =
            nb::cast<std::tuple<int, nb::object, nb::object, Int>>(bound);
        std::byte* const first = address(start);
        lap.bounds.push_back({buffer, first, later.is(start) ? first : address(later), stride});
    }
    if (!fields[3].is_none()) lap.seconds = reinterpret_cast<double*>(address(fields[3]));
    return lap;
}

nb::tuple run(nb::sequence given, nb::object order, Int count) {
    std::vector<Plan::Lap> laps;
    for (nb::handle lap : given) laps.push_back(read_lap(lap));
    const Int* index = order.is_none() ? nullptr : reinterpret_cast<const Int*>(address(order));
    Outcome outcome;
    {
        Unlocked unlocked;
        outcome = Plan::run(laps, index, count, &interrupted);
    }
    if (outcome.stopped) throw nb::python_error();
    nb::object bad = nb::none();
    if (outcome.bad_index) bad = nb::make_tuple(outcome.index, outcome.size);
    return nb::make_tuple(outcome.done, outcome.finite, bad);
}

nb::dict numbered(std::initializer_list<const char*> names) {
    nb::dict result;
    int number = 0;
    for (const char* name : names) result[name] = number++;
    return result;
}

}  // namespace

NB_MODULE(_native, m) {
    nb::set_leak_warnings(false);  // plans are kept for as long as the process lives
    know_main_thread();
    m.attr("LANES") = LANES;
    m.attr("CHAIN_OPS") = numbered({
#define X(name, arity) #name,
        PELLUCID_CHAIN_OPS(X)
#undef X
    });
    m.attr("KERNELS") = numbered({
#define X(name) #name,
        PELLUCID_KERNELS(X)
#undef X
        "permutation", "chunked"});
    m.def("isa", [] { return table().isa; });
    m.def("compiled_sets", &compiled_sets);
    m.def("allowed_cpus", &allowed_cpus);
    m.def("run", &run, nb::arg("laps"), nb::arg("order").none(), nb::arg("count"));
    nb::class_<Plan>(m, "Plan")
        .def("__init__", &make_plan, nb::arg("single"), nb::arg("slow"), nb::arg("batch"),
             nb::arg("bytes"), nb::arg("buffers"), nb::arg("constants"), nb::arg("stages"),
             nb::arg("checks"))
        .def_prop_ro("calls", &Plan::calls)
        .def_prop_ro("shares", &Plan::shares);
    add_predictor(m);
}
