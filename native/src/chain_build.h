// A chain under construction: values computed once each, from registers that may be written again.
#pragma once

#include <algorithm>
#include <vector>

#include "chain_program.h"

namespace pellucid {

struct Node {
    int cls, kind;
    int maker;     // the step that computes it; -1: loaded or constant
    int constant;  // the number of its constant, or -1
    int section;   // 0 once, 1 by row, 2 by piece
    bool loaded;
};

struct Draft {
    std::vector<Node> nodes;
    std::vector<Step> steps;
    std::vector<int> current;  // the value in each register now, or -1

    int add_node(int cls, int kind) {
        nodes.push_back({cls, kind, -1, -1, 0, false});
        return static_cast<int>(nodes.size()) - 1;
    }
    int add_step(int op, int cls, int kind, int a, int b = -1, int c = -1) {
        const int dst = add_node(cls, kind);
        nodes[dst].maker = static_cast<int>(steps.size());
        Step s = {op, 0, dst, {a, b, c}, {}};
        std::fill(s.in + 3, s.in + MOST_INPUTS, -1);
        std::fill(s.also, s.also + MORE_RESULTS, -1);
        steps.push_back(s);
        return dst;
    }
    int add(Op op, int cls, int a, int b = -1, int c = -1) {
        return add_step(static_cast<int>(op), cls, FLOAT, a, b, c);
    }
    int read(int reg) const { return reg < 0 ? -1 : current[reg]; }

    void load(int reg, Register as) {
        current[reg] = add_node(as.cls, as.kind);
        nodes[current[reg]].loaded = true;
    }
    void constant(int reg, Register as, int which) {
        int node = add_node(ONE, as.kind);
        nodes[node].constant = which;
        if (as.cls != ONE) node = widen(node, as);
        current[reg] = node;
    }
    int widen(int from, Register to) {
        const int cls = nodes[from].cls;
        const int copy = static_cast<int>(to.kind == INT ? Op::INT_COPY : Op::COPY);
        if (cls == ONE || cls == to.cls) return add_step(copy, to.cls, to.kind, from);
        const int op = to.kind == INT ? static_cast<int>(INT_WIDEN) : static_cast<int>(Op::WIDEN);
        return add_step(op, to.cls, to.kind, from);
    }

    // m = the row's largest (0 where that is infinite), ln sum e^(x - m) + m.
    int logsumexp(int x) {
        const int top = add(Op::ROW_MAX, ROW, x);
        const int shift = add_step(FINITE_OR_ZERO, ROW, FLOAT, top);
        const int near = add(Op::SUB, FULL, x, add(Op::WIDEN, FULL, shift));
        const int sum = add(Op::ROW_SUM, ROW, add(Op::EXP, FULL, near));
        return add(Op::ADD, ROW, add(Op::LOG, ROW, sum), shift);
    }
    int log_softmax(int x) {
        const int top = add(Op::ROW_MAX, ROW, x);
        const int near = add(Op::SUB, FULL, x, add(Op::WIDEN, FULL, top));
        const int sum = add(Op::ROW_SUM, ROW, add(Op::EXP, FULL, near));
        return add(Op::SUB, FULL, near, add(Op::WIDEN, FULL, add(Op::LOG, ROW, sum)));
    }
    void instr(const Instr& in, Register as) {
        const auto op = static_cast<Op>(in.op);
        if (op == Op::CONST) return constant(in.dst, as, in.a);  // a is no register there
        const int a = read(in.a), b = read(in.b), c = read(in.c);
        int made;
        switch (op) {
            case Op::WIDEN: made = widen(a, as); break;
            case Op::LOG_SOFTMAX: made = log_softmax(a); break;
            case Op::ROW_LOGSUMEXP: made = logsumexp(a); break;
            case Op::ROW_SUM:
                made = as.kind == INT ? add_step(INT_ROW_SUM, ROW, INT, a) : add(Op::ROW_SUM, ROW, a);
                break;
            default: made = add_step(in.op, as.cls, as.kind, a, b, c);
        }
        current[in.dst] = made;
    }
};

inline bool reads_columns(int op) {  // works on whole rows of its FULL input
    return op == INT_ROW_SUM ||
           (op >= static_cast<int>(Op::ROW_SUM) && op <= static_cast<int>(Op::ROW_ARGMAX));
}
inline bool elementwise(int op) {
    return op == FINITE_OR_ZERO || op >= FIRST_FUSED || op < static_cast<int>(Op::WIDEN);
}

}  // namespace pellucid
