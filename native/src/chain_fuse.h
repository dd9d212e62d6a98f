// Several elementwise steps as one: fewer passes over a block, and values that stay in registers.
//
// A step is taken into the one that reads it where nothing else does. What is joined here is what the
// updates of most optimizers, and the gradient of a rectifier, come down to.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <vector>

#include "chain_build.h"

namespace pellucid {

class Fuser {
  public:
    Fuser(Draft& draft, const std::vector<Bound>& bounds)
        : draft_(draft), uses_(draft.nodes.size()), maker_(draft.nodes.size(), nullptr) {
        for (Step& s : draft.steps) {
            maker_[s.dst] = &s;
            for (int input : s.in) {
                if (input >= 0) uses_[input]++;
            }
        }
        reads_ = uses_;
        for (const Bound& b : bounds) uses_[b.value] += b.mode != LOAD;
    }

    void run() {
        for (Step& s : draft_.steps) {
            if (!is(s, Op::FMA) && !is(s, Op::WHERE)) continue;
            if (!over_root(s) && !products(s)) where_less(s);
        }
        for (Step& s : draft_.steps) {
            if (s.op == OVER_ROOT) moments(s);
        }
        const auto is_taken = [](const Step& s) { return s.op == TAKEN; };
        auto& steps = draft_.steps;
        steps.erase(std::remove_if(steps.begin(), steps.end(), is_taken), steps.end());
    }

  private:
    static constexpr int TAKEN = -1;  // the operation of a step that is part of another one now

    Draft& draft_;
    std::vector<int> uses_, reads_;  // of each value: all of them, those by steps
    std::vector<Step*> maker_;

    bool is(const Step& s, Op op) const {
        const Node& dst = draft_.nodes[s.dst];
        return s.op == static_cast<int>(op) && dst.cls == FULL && dst.kind != INT;
    }
    bool single(int value) const { return draft_.nodes[value].cls == ONE; }
    // The step that computes a value which is read once, if it is of this operation.
    const Step* made(int value, Op op) const {
        const Step* s = maker_[value];
        return s && uses_[value] == 1 && is(*s, op) ? s : nullptr;
    }
    static void become(Step& s, int op, std::initializer_list<int> inputs) {
        s.op = op;
        int k = 0;
        for (int input : inputs) s.in[k++] = input;
    }

    // a b / (sqrt(c) + d) + e
    bool over_root(Step& s) {
        if (!is(s, Op::FMA)) return false;
        for (const auto& [a, q] : {std::pair(s.in[0], s.in[1]), std::pair(s.in[1], s.in[0])}) {
            const Step* quotient = made(q, Op::DIV);
            const Step* sum = quotient ? made(quotient->in[1], Op::ADD) : nullptr;
            if (!sum) continue;
            for (const auto& [r, d] : {std::pair(sum->in[0], sum->in[1]),
                                      std::pair(sum->in[1], sum->in[0])}) {
                if (const Step* root = made(r, Op::SQRT)) {
                    become(s, OVER_ROOT, {a, quotient->in[0], root->in[0], d, s.in[2]});
                    return true;
                }
            }
        }
        return false;
    }
    // a b + c d, a b + c d^2
    bool products(Step& s) {
        const Step* product = is(s, Op::FMA) ? made(s.in[2], Op::MUL) : nullptr;
        if (!product) return false;
        for (const auto& [c, q] : {std::pair(product->in[0], product->in[1]),
                                  std::pair(product->in[1], product->in[0])}) {
            const Step* square = made(q, Op::MUL);
            if (square && square->in[0] == square->in[1]) {
                become(s, AND_SQUARE, {s.in[0], s.in[1], c, square->in[0]});
                return true;
            }
        }
        become(s, TWO_PRODUCTS, {s.in[0], s.in[1], product->in[0], product->in[1]});
        return true;
    }
    // Both moments with what is made of them. No step between may write what they read: a value that
    // is kept may lie where an older one was.
    void moments(Step& s) {
        Step *mean = maker_[s.in[1]], *square = maker_[s.in[2]];
        if (!mean || !square || mean->op != TWO_PRODUCTS || square->op != AND_SQUARE) return;
        if (reads_[mean->dst] != 1 || reads_[square->dst] != 1) return;
        for (Step* between = std::min(mean, square); between != &s; between++) {
            const bool kept = uses_[between->dst] > reads_[between->dst];
            if (kept && between != mean && between != square) return;
        }
        int in[MOST_INPUTS];
        std::copy(mean->in, mean->in + 4, in);
        std::copy(square->in, square->in + 4, in + 4);
        in[8] = s.in[0], in[9] = s.in[3], in[10] = s.in[4];
        for (int k : {0, 2, 4}) {
            if (!single(in[k])) std::swap(in[k], in[k + 1]);
        }
        for (int k = 0; k < MOST_INPUTS; k++) {
            const bool moves = k == 10 || (k < 8 && k % 2);
            if (single(in[k]) == moves) return;
        }
        std::copy(in, in + MOST_INPUTS, s.in);
        s.op = MOMENTS;
        s.also[0] = mean->dst, s.also[1] = square->dst;
        mean->op = square->op = TAKEN;
    }
    void where_less(Step& s) {
        const Step* less = is(s, Op::WHERE) ? made(s.in[0], Op::LT) : nullptr;
        if (less) become(s, WHERE_LESS, {less->in[0], less->in[1], s.in[1], s.in[2]});
    }
};

inline void fuse_steps(Draft& draft, const std::vector<Bound>& bounds) {
    Fuser(draft, bounds).run();
}

}  // namespace pellucid
