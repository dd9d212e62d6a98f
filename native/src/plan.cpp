#include "plan.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <thread>

#include "pool.h"

namespace pellucid {

namespace {

constexpr Int ALIGNMENT = 64;
constexpr std::size_t KEPT_ARENAS = 2;  // memory of runs that are over, for those to come
constexpr auto PATIENCE = std::chrono::milliseconds(20);  // between looks for an interrupt

Int padded(Int bytes) { return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

int kernel_named(const std::string& name) {
    static const char* const names[] = {
#define X(name) #name,
        PELLUCID_KERNELS(X)
#undef X
            "permutation", "chunked"};
    for (int id = 0; id <= CHUNKED; ++id) {
        if (name == names[id]) return id;
    }
    throw std::invalid_argument("there is no kernel " + name);
}

template <class T>
bool all_finite(const T* values, Int count) {
    bool good = true;
    for (Int i = 0; i < count; ++i) good &= values[i] - values[i] == 0;
    return good;
}

}  // namespace

struct Plan::Stage {
    Turn turn;
    int shares;
    Int chunk;
    std::vector<Call> calls;
    std::size_t first;  // the number of its first call
};

// The memory of one run: a plan that runs in two Python threads at once has two.
struct Plan::Arena {
    std::byte* memory;
    std::vector<std::vector<std::byte*>> bases;  // by share, by buffer
    std::vector<std::byte*> scratch;             // by share
    double* seconds = nullptr;                   // where the time of each call is added up

    Arena(const Plan& plan, Int bytes) {
        memory = static_cast<std::byte*>(
            std::aligned_alloc(ALIGNMENT, static_cast<std::size_t>(padded(bytes))));
        if (memory == nullptr) throw std::bad_alloc();
        std::byte* own = memory + plan.shared_bytes_;
        for (int share = 0; share < plan.shares_; ++share) {
            bases.emplace_back(plan.buffers_.size());
            place(plan, share, own);
            scratch.push_back(own + plan.local_bytes_);
            own += plan.local_bytes_ + plan.scratch_bytes_;
        }
    }
    ~Arena() { std::free(memory); }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    void place(const Plan& plan, int share, std::byte* own) {
        for (std::size_t k = 0; k < plan.buffers_.size(); ++k) {
            const BufferSpec& spec = plan.buffers_[k];
            std::byte* base = nullptr;
            if (spec.place == Place::shared) base = memory + spec.offset;
            if (spec.place == Place::local) base = own + spec.offset;
            if (spec.place == Place::partial) base = memory + spec.offset + share * spec.stride;
            if (spec.place == Place::constant) {
                const auto& bytes = plan.constants_[static_cast<std::size_t>(spec.offset)];
                base = reinterpret_cast<std::byte*>(const_cast<char*>(bytes.data()));
            }
            bases[static_cast<std::size_t>(share)][k] = base;
        }
    }
};

Plan::Plan(const PlanSpec& spec)
    : single_(spec.single), slow_(spec.slow), batch_(spec.batch),
      shared_bytes_(padded(spec.shared_bytes)), local_bytes_(padded(spec.local_bytes)),
      scratch_bytes_(padded(spec.scratch_bytes)), buffers_(spec.buffers),
      constants_(spec.constants), checks_(spec.checks) {
    kernels_ = single_ ? table().f32 : table().f64;
    for (const StageSpec& given : spec.stages) {
        Stage stage{given.turn, given.shares, given.chunk, {}, calls_};
        for (const CallSpec& call : given.calls) own(call, stage.calls.emplace_back());
        calls_ += stage.calls.size();
        shares_ = std::max(shares_, stage.shares);
        stages_.push_back(std::move(stage));
    }
    Int most = 0;  // of a chain, which may run on its product's panels, beside that one's scratch
    for (const Chain* chain : chains_) most = std::max(most, chain->scratch);
    scratch_bytes_ += padded(most);
}

Plan::~Plan() {
    for (const Chain* chain : chains_) free_chain(chain);
}

void Plan::own(const CallSpec& given, Call& call) {
    const CallSpec& spec = *specs_.emplace_back(std::make_unique<CallSpec>(given));
    call = {kernel_named(spec.kernel),
            spec.operands.data(),
            static_cast<int>(spec.operands.size()),
            spec.ints.data(),
            static_cast<int>(spec.ints.size()),
            spec.floats.data(),
            nullptr,
            nullptr};
    if (call.kernel == static_cast<int>(KernelId::chain)) {
        call.chain = decode_chain(spec.ints.data(), call.int_count, spec.floats.data(),
                                  static_cast<Int>(spec.floats.size()), single_ ? 4 : 8);
        chains_.push_back(call.chain);
    }
    if (spec.after) {
        Call& after = *afters_.emplace_back(std::make_unique<Call>());
        own(*spec.after, after);
        call.after = &after;
    }
}

std::unique_ptr<Plan::Arena> Plan::borrow() {
    {
        std::lock_guard<std::mutex> hold(lock_);
        if (!idle_.empty()) {
            auto arena = std::move(idle_.back());
            idle_.pop_back();
            return arena;
        }
    }
    return std::make_unique<Arena>(*this,
                                   shared_bytes_ + shares_ * (local_bytes_ + scratch_bytes_));
}

void Plan::bind(Arena& arena, const std::vector<Bound>& bounds, Int k, bool all) const {
    for (const Bound& bound : bounds) {
        if (!all && k > 1 && bound.stride == 0) continue;
        std::byte* const address = (k == 0 ? bound.start : bound.later) + k * bound.stride;
        for (auto& bases : arena.bases) bases[static_cast<std::size_t>(bound.buffer)] = address;
    }
}

// Looks for an interrupt every now and then. A look at the clock costs as much as a small step: there
// are as many steps between two looks as keep them apart.
class Plan::Watch {
  public:
    explicit Watch(Poll poll) : poll_(poll), looked_(clock::now()) {}

    Poll poll() const { return poll_; }

    // After a step: whether to stop.
    bool stops() {
        if (poll_ == nullptr || ++waited_ < wait_) return false;
        waited_ = 0;
        const auto now = clock::now();
        if (now - looked_ < PATIENCE / 8) {
            wait_ = std::min<Int>(2 * wait_, 4096);
        } else if (now - looked_ > PATIENCE) {
            wait_ = std::max<Int>(1, wait_ / 2), looked_ = now;
            return poll_();
        }
        return false;
    }

  private:
    using clock = std::chrono::steady_clock;
    Poll poll_;
    clock::time_point looked_;
    Int waited_ = 0, wait_ = 1;
};

Outcome Plan::run(const std::vector<Lap>& laps, const Int* order, Int count, Poll poll) {
    Outcome outcome{0, true, false, false, 0, 0};
    Watch watch(poll);
    while (true) {
        for (const Lap& lap : laps) {
            const Int first = outcome.done, steps = std::min(lap.count, count - first);
            lap.plan->go(lap, order, first, steps, watch, outcome);
            const bool whole = outcome.done == first + steps && !outcome.stopped;
            if (!whole || outcome.done == count) return outcome;
            if (order) order += steps * lap.plan->batch_;
        }
    }
}

// The steps of one lap, the first of which is step `first` of the course.
void Plan::go(const Lap& lap, const Int* order, Int first, Int count, Watch& watch,
              Outcome& outcome) {
    std::unique_ptr<Arena> arena = borrow();
    arena->seconds = lap.seconds;
    Fault fault;
    for (Int k = 0; k < count; ++k) {
        bind(*arena, lap.bounds, first + k, k == 0);
        const Int* index = order ? order + k * batch_ : nullptr;
        outcome.stopped = step(*arena, index, fault, watch.poll());
        outcome.bad_index = fault.bad_index != 0;
        outcome.finite = !fault.infinite && finite(*arena);
        if (outcome.stopped || outcome.bad_index || !outcome.finite) break;
        ++outcome.done;
        outcome.stopped = watch.stops();
        if (outcome.stopped) break;
    }
    outcome.index = fault.index, outcome.size = fault.size;
    std::lock_guard<std::mutex> hold(lock_);
    if (idle_.size() < KEPT_ARENAS) idle_.push_back(std::move(arena));
}

struct Plan::Work {
    const Plan* plan;
    const Stage* stage;
    Arena* arena;
    const Int* index;
    Fault* fault;
    Poll poll;
    std::thread::id caller;

    static void run(void* context, int share) {
        const Work& work = *static_cast<Work*>(context);
        const Plan& plan = *work.plan;
        const auto s = static_cast<std::size_t>(share);
        const Frame frame{work.arena->bases[s].data(), work.index, 0, plan.batch_, share,
                          work.stage->shares, true, work.arena->scratch[s], plan.scratch_bytes_,
                          work.fault};
        double* seconds = work.arena->seconds;
        if (seconds) seconds += s * plan.calls_ + work.stage->first;
        if (work.stage->turn == Turn::rows) {
            // Python hands a signal to its main thread alone: only the caller looks for one.
            const bool looks = std::this_thread::get_id() == work.caller;
            plan.chunks(*work.stage, frame, looks ? work.poll : nullptr, seconds);
        } else {
            plan.solo(*work.stage, frame, seconds);
        }
    }
};

// One step; true where the poll said stop.
bool Plan::step(Arena& arena, const Int* index, Fault& fault, Poll poll) const {
    auto looked = std::chrono::steady_clock::time_point{};
    if (slow_) looked = std::chrono::steady_clock::now();
    for (const Stage& stage : stages_) {
        Work work{this, &stage, &arena, index, &fault, slow_ ? poll : nullptr,
                  std::this_thread::get_id()};
        if (stage.shares == 1) {
            Work::run(&work, 0);
        } else {
            Pool::get().run(stage.shares, &Work::run, &work);
        }
        if (fault.stopped) return true;
        if (slow_ && poll != nullptr && std::chrono::steady_clock::now() - looked > PATIENCE) {
            looked = std::chrono::steady_clock::now();
            if (poll()) return true;
        }
    }
    return false;
}

void Plan::once(const Call& call, const Frame& frame) const {
    if (call.kernel == PERMUTATION) {
        permutation(call, frame);
    } else if (call.kernel == CHUNKED) {
        chunked(call, frame);
    } else {
        kernels_[call.kernel](call, frame);
    }
}

void Plan::solo(const Stage& stage, const Frame& frame, double* seconds) const {
    if (seconds == nullptr) {
        for (const Call& call : stage.calls) once(call, frame);
        return;
    }
    auto before = std::chrono::steady_clock::now();
    for (const Call& call : stage.calls) {
        once(call, frame);
        const auto now = std::chrono::steady_clock::now();
        *seconds++ += std::chrono::duration<double>(now - before).count();
        before = now;
    }
}

void Plan::chunks(const Stage& stage, Frame frame, Poll poll, double* seconds) const {
    auto looked = std::chrono::steady_clock::now();
    const Int count = (batch_ + stage.chunk - 1) / stage.chunk;
    const Range mine = part(count, 1, frame.share, stage.shares);
    frame.share = 0, frame.shares = 1;  // a chunk's calls are not split further
    for (Int c = mine.begin; c < mine.end && !frame.fault->stopped; ++c) {
        if (poll != nullptr && std::chrono::steady_clock::now() - looked > PATIENCE) {
            looked = std::chrono::steady_clock::now();
            frame.fault->stopped = poll();
        }
        frame.first = c * stage.chunk;
        frame.rows = std::min(stage.chunk, batch_ - frame.first);
        frame.fresh = c == mine.begin;
        solo(stage, frame, seconds);
    }
    if (mine.begin == mine.end) {  // an empty batch: sums over it are still to be set
        frame.rows = 0;
        solo(stage, frame, seconds);
    }
}

bool Plan::finite(const Arena& arena) const {
    for (const auto& [buffer, count] : checks_) {
        const std::byte* at = arena.bases[0][static_cast<std::size_t>(buffer)];
        const bool good = single_ ? all_finite(reinterpret_cast<const float*>(at), count)
                                  : all_finite(reinterpret_cast<const double*>(at), count);
        if (!good) return false;
    }
    return true;
}

Plan::Session::Session(Plan& plan) : plan_(plan), arena_(plan.borrow()) {}

Plan::Session::~Session() = default;

void Plan::Session::bind(int buffer, std::byte* address) {
    for (auto& bases : arena_->bases) bases[static_cast<std::size_t>(buffer)] = address;
}

bool Plan::Session::run() {
    Fault fault;
    plan_.step(*arena_, nullptr, fault, nullptr);
    return fault.bad_index == 0 && !fault.infinite && plan_.finite(*arena_);
}

}  // namespace pellucid
