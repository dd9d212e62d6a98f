// A plan: stages of kernel calls over one arena, run once or step after step.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "call.h"
#include "chain.h"
#include "kernels.h"

namespace pellucid {

// Where a buffer lies. EXTERN memory is the caller's; LOCAL memory is there once for each share, which
// keeps a chunk of the batch in it; PARTIAL is a share's part of a shared buffer, `stride` bytes a share.
enum class Place : int { external, shared, local, partial, constant };

struct BufferSpec {
    Place place;
    Int offset, stride;  // in bytes; of a constant: its place among the plan's constants
};

struct CallSpec {
    std::string kernel;
    std::vector<Operand> operands;
    std::vector<Int> ints;
    std::vector<double> floats;
    std::shared_ptr<CallSpec> after;
};

// SOLO calls run one after the other on the caller. The calls of a SPLIT stage do not depend on one
// another; each share does its part of every call. In a ROWS stage each share takes whole chunks of the
// batch through all calls.
enum class Turn : int { solo, split, rows };

struct StageSpec {
    Turn turn;
    int shares;
    Int chunk;
    std::vector<CallSpec> calls;
};

struct PlanSpec {
    bool single;  // float32, else float64
    Int batch, shared_bytes, local_bytes, scratch_bytes;
    bool slow;  // a step takes long enough that interrupts are looked for within it
    std::vector<BufferSpec> buffers;
    std::vector<std::vector<char>> constants;
    std::vector<StageSpec> stages;
    std::vector<std::pair<int, Int>> checks;  // buffers of so many T to look through for NaN, infinity
};

// The address of an external buffer: `start` in the first step, `later` + k * stride in step k > 0.
struct Bound {
    int buffer;
    std::byte* start;
    std::byte* later;
    Int stride;
};

struct Outcome {
    Int done;
    bool finite, stopped;
    bool bad_index;
    Int index, size;
};

class Plan {
  public:
    explicit Plan(const PlanSpec& spec);
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;
    ~Plan();

    using Poll = bool (*)();  // true: stop

    // Some of the steps of a course: `count` of them, each of the samples that the plan was made for.
    // With `seconds`, calls() numbers a share, each call's time is added to its number there.
    struct Lap {
        Plan* plan;
        std::vector<Bound> bounds;
        Int count;
        double* seconds;
    };

    // Do `count` steps, lap after lap, and over again: each takes the next of the samples in `order`
    // (null: 0, 1, 2, ..., for each step). Stops after a step whose checked values are not all finite,
    // or that met a bad index: `done` does not count it.
    static Outcome run(const std::vector<Lap>& laps, const Int* order, Int count, Poll poll);

    std::size_t calls() const { return calls_; }
    int shares() const { return shares_; }

    // An arena with its addresses bound, for who runs a plan again and again.
    class Session;

  private:
    struct Stage;
    struct Arena;
    struct Work;
    class Watch;

    void own(const CallSpec& spec, Call& call);
    void go(const Lap& lap, const Int* order, Int first, Int count, Watch& watch, Outcome& outcome);
    std::unique_ptr<Arena> borrow();
    void bind(Arena& arena, const std::vector<Bound>& bounds, Int k, bool all) const;
    bool step(Arena& arena, const Int* index, Fault& fault, Poll poll) const;
    void solo(const Stage& stage, const Frame& frame, double* seconds) const;
    void chunks(const Stage& stage, Frame frame, Poll poll, double* seconds) const;
    void once(const Call& call, const Frame& frame) const;
    bool finite(const Arena& arena) const;

    bool single_, slow_;
    Int batch_, shared_bytes_, local_bytes_, scratch_bytes_;
    int shares_ = 1;
    std::size_t calls_ = 0;
    std::vector<BufferSpec> buffers_;
    std::vector<std::vector<char>> constants_;
    std::vector<Stage> stages_;
    std::vector<std::pair<int, Int>> checks_;
    std::vector<std::unique_ptr<CallSpec>> specs_;  // what the calls point into
    std::vector<std::unique_ptr<Call>> afters_;
    std::vector<const Chain*> chains_;
    const Kernel* kernels_;
    std::mutex lock_;
    std::vector<std::unique_ptr<Arena>> idle_;
};

class Plan::Session {
  public:
    explicit Session(Plan& plan);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void bind(int buffer, std::byte* address);

    // One step; whether it met no bad index and all checked values are finite.
    bool run();

  private:
    Plan& plan_;
    std::unique_ptr<Arena> arena_;
};

}  // namespace pellucid
