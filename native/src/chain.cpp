// Chains from the numbers of a call: checking, and making them ready to run.
#include "chain.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "chain_check.h"
#include "chain_layout.h"

namespace pellucid {
namespace {

constexpr Int LIMIT = Int(1) << 40;  // of sizes, so that products of two with 8 bytes do not overflow
constexpr Int MANY = 1 << 16;        // of registers, operands, instructions

struct alignas(64) Splat {
    std::byte bytes[Layout::SPLAT];
};
struct Owned : Program {
    std::vector<Register> registers_;
    std::vector<Binding> bindings_;
    std::vector<Instr> code_;
    std::vector<double> numbers_;
    std::vector<Value> values_;
    std::vector<Step> steps_;
    std::vector<Bound> bounds_;
    std::vector<int> in_turn_;
    std::vector<Splat> constants_;
};

struct Reader {
    const Int* next;
    const Int* end;
    Int take(const char* what, Int least, Int most) {
        if (next == end) bad_chain(std::string("the numbers end before ") + what);
        const Int value = *next++;
        if (value < least || value > most)
            bad_chain(std::string(what) + " must be in " + std::to_string(least) + " .. " +
                      std::to_string(most) + ", got " + std::to_string(value));
        return value;
    }
    int small(const char* what, Int least, Int most) {
        return static_cast<int>(take(what, least, most));
    }
};

void read_head(Reader& in, Owned& p) {
    p.space = in.small("the space", ROWS, WHOLE);
    p.rows = in.take("rows", 0, LIMIT);
    p.cols = in.take("cols", 0, LIMIT);
    p.block = in.take("the block", 1, LIMIT);
    p.registers = in.small("the number of registers", 0, MANY);
    p.instrs = in.small("the number of instructions", 0, MANY);
    p.operands = in.small("the number of operands", 0, MANY);
    if (p.space == FLAT && p.rows != 1) bad_chain("a flat space has 1 row");
    if (p.space == IN_LANES && p.cols % LANES != 0) bad_chain("cols must be a multiple of the lanes");
    if (p.cols && p.rows > LIMIT / p.cols) bad_chain("the space is too large");
}

void read_body(Reader& in, Owned& p) {
    for (int k = 0; k < p.registers; k++) {
        const int cls = in.small("a register's class", FULL, ONE);
        p.registers_.push_back({cls, in.small("a register's kind", FLOAT, BOOL)});
    }
    for (int k = 0; k < p.operands; k++) {
        const int mode = in.small("an operand's mode", LOAD, SUM_COLS);
        p.bindings_.push_back({mode, in.small("an operand's register", 0, p.registers - 1)});
    }
    for (int k = 0; k < p.instrs; k++) {
        const int op = in.small("an operation", 0, static_cast<int>(Op::count) - 1);
        const int dst = in.small("a destination", 0, p.registers - 1);
        const bool constant = op == static_cast<int>(Op::CONST);
        const Int most = constant ? static_cast<Int>(p.numbers_.size()) - 1 : p.registers - 1;
        int inputs[3];
        for (int i = 0; i < 3; i++) {
            const bool used = i < (constant ? 1 : signature(op).arity);
            inputs[i] = in.small("an instruction's input", used ? 0 : -1, used ? most : LIMIT);
            if (!used) inputs[i] = -1;
        }
        p.code_.push_back({op, dst, inputs[0], inputs[1], inputs[2]});
    }
    if (in.next != in.end) bad_chain("more numbers than the chain has");
}

// A flat space is one row: what varies over its columns is full, what varies over rows a single number,
// as long as no instruction works on the row as a whole.
void flatten(Owned& p) {
    if (p.space != FLAT) return;
    for (const Instr& in : p.code_)
        if (in.op > static_cast<int>(Op::WIDEN)) return;
    for (const Binding& b : p.bindings_)
        if (b.mode >= SUM_ROWS) return;
    for (Register& r : p.registers_) r.cls = r.cls == COL ? FULL : r.cls == ROW ? ONE : r.cls;
}

// Registers must be loaded or computed before they are read, and be of classes and kinds that fit.
void build(Owned& p, Draft& draft) {
    draft.current.assign(p.registers_.size(), -1);
    p.bounds_.resize(p.bindings_.size());
    for (std::size_t k = 0; k < p.bindings_.size(); k++) {
        const auto [mode, reg] = p.bindings_[k];
        const Register as = p.registers_[reg];
        if (mode == LOAD) {
            if (draft.current[reg] >= 0) bad_chain("two operands load one register");
            draft.load(reg, as);
        }
        p.bounds_[k] = {mode, as.cls, as.kind, draft.current[reg], false, false, 0};
    }
    for (std::size_t k = 0; k < p.code_.size(); k++) {
        const Instr& in = p.code_[k];
        const bool constant = in.op == static_cast<int>(Op::CONST);
        for (int reg : {in.a, in.b, in.c})
            if (!constant && reg >= 0 && draft.current[reg] < 0)
                bad_chain("instruction " + std::to_string(k) + " reads register " +
                          std::to_string(reg) + " before anything is in it");
        check_instr(in, p.registers_.data(), static_cast<int>(k));
        const int op = in.op;
        p.by_rows = p.by_rows || reads_columns(op) || op == static_cast<int>(Op::LOG_SOFTMAX);
        draft.instr(in, p.registers_[in.dst]);
    }
    for (std::size_t k = 0; k < p.bindings_.size(); k++) {
        const auto [mode, reg] = p.bindings_[k];
        if (mode == LOAD) continue;
        if (draft.current[reg] < 0) bad_chain("an operand stores a register that holds nothing");
        if (mode >= SUM_ROWS && p.registers_[reg].cls != FULL)
            bad_chain("sums over rows or columns are taken of full registers only");
        p.bounds_[k].value = draft.current[reg];
        p.sums = p.sums || mode >= SUM_ALL;
    }
    if (p.by_rows && p.block < p.cols) bad_chain("the block is smaller than a row");
}

template <class T>
void fill(Splat& to, T value) {
    for (std::size_t k = 0; k < sizeof(to) / sizeof(T); k++)
        std::memcpy(to.bytes + k * sizeof(T), &value, sizeof(T));
}
// A constant may be used as more than one kind: every CONST has a place of its own.
void place_constants(Owned& p, Draft& draft, int item) {
    for (Node& n : draft.nodes) {
        if (n.constant < 0) continue;
        const double value = p.numbers_[n.constant];
        n.constant = static_cast<int>(p.constants_.size());
        p.constants_.emplace_back();
        if (n.kind == INT && !(std::fabs(value) < 9.2e18)) bad_chain("an int constant is out of range");
        const double number = n.kind == BOOL ? value != 0.0 : value;
        if (n.kind == INT) fill(p.constants_.back(), static_cast<Int>(value));
        else if (item == 4) fill(p.constants_.back(), static_cast<float>(number));
        else fill(p.constants_.back(), number);
    }
}

bool has_turn(const Bound& b, int turn) {
    const bool small = b.cls == ONE || b.cls == COL;
    switch (turn) {
        case AT_START: return b.mode == LOAD && small;
        case SUMS: return b.mode >= SUM_ALL;
        case AT_ROWS: return b.mode == LOAD && b.cls == ROW;
        case AT_PIECE: return b.cls == FULL && (b.mode == LOAD || b.in_place);
        case AFTER_PIECE: return b.cls == FULL && b.mode != LOAD;
        case AFTER_ROWS: return b.cls == ROW && b.mode != LOAD;
        default: return b.mode >= SUM_ALL || (b.mode != LOAD && small);
    }
}
void take_turns(Owned& p) {
    for (int turn = 0; turn < TURNS; turn++) {
        p.turns[turn] = static_cast<int>(p.in_turn_.size());
        for (int k = 0; k < p.operands; k++) {
            if (has_turn(p.bounds_[k], turn)) p.in_turn_.push_back(k);
        }
    }
    p.turns[TURNS] = static_cast<int>(p.in_turn_.size());
}

void point(Owned& p) {
    p.regs = p.registers_.data(), p.bindings = p.bindings_.data();
    p.code = p.code_.data(), p.constants = p.numbers_.data();
    p.value = p.values_.data(), p.step = p.steps_.data(), p.bound = p.bounds_.data();
    p.in_turn = p.in_turn_.data();
    p.constant = p.constants_.empty() ? nullptr : p.constants_.data()->bytes;
}

}  // namespace

Chain* decode_chain(const Int* ints, Int int_count, const double* floats, Int float_count,
                    int item_bytes) {
    if (item_bytes != 4 && item_bytes != 8) bad_chain("numbers must have 4 or 8 bytes");
    auto owned = std::make_unique<Owned>();
    Owned& p = *owned;
    p.numbers_.assign(floats, floats + float_count);
    Reader in{ints, ints + int_count};
    read_head(in, p);
    read_body(in, p);
    flatten(p);
    Draft draft;
    build(p, draft);
    place_constants(p, draft, item_bytes);
    Layout{draft, p, p.bounds_, p.values_, item_bytes, {}}.run();
    p.steps_ = draft.steps;
    take_turns(p);
    point(p);
    return owned.release();
}

void free_chain(const Chain* chain) {
    delete static_cast<const Owned*>(chain);
}

}  // namespace pellucid
