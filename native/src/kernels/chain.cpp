// Runs a chain: block by block, one step after the other over the whole block.
#include "../chain.h"

#include "../kernels.h"
#include "chain_fused.h"
#include "chain_ints.h"
#include "chain_operands.h"

namespace pellucid::PELLUCID_ISA {

// In the order of Op, then of Inner; CONST, ROW_LOGSUMEXP and LOG_SOFTMAX are gone when a chain is
// decoded.
template <class T>
struct Steps {
    static constexpr Run table[FIRST_FUSED] = {
        nullptr,              each<T, Copy<T>>,    each<T, Add<T>>,   each<T, Sub<T>>,
        each<T, Mul<T>>,      each<T, Div<T>>,     each<T, Neg<T>>,   power<T>,
        each<T, Fma<T>>,      each<T, Exp<T>>,     each<T, Log<T>>,   each<T, Log1p<T>>,
        each<T, Sqrt<T>>,     each<T, Tanh<T>>,    each<T, Sigmoid<T>>, each<T, Erf<T>>,
        each<T, Abs<T>>,      each<T, Sign<T>>,    each<T, Max<T>>,   each<T, Min<T>>,
        each<T, Eq<T>>,       each<T, Lt<T>>,      each<T, Le<T>>,    each<T, Where<T>>,
        each<T, Clip<T>>,     float_to_int<T>,     each<T, NotZero<T>>, int_to_float<T>,
        int_to_bool<T>,       float_to_int<T>,     int_add<T>,        int_sub<T>,
        int_mul<T>,           int_neg<T>,          int_max<T>,        int_min<T>,
        int_eq<T>,            int_lt<T>,           int_le<T>,         int_where<T>,
        int_copy<T>,          widen<T>,            one_hot_rows<T>,   row_sum<T>,
        row_mean<T>,          row_max<T>,          nullptr,           row_argmax<T>,
        nullptr,              each<T, FiniteOrZero<T>>, int_widen,    col_piece<T>,
        col_piece<Int>,       int_row_sum,         turned_widen<T>,   turned_one_hot<T>,
        turned_sum<T>,        turned_mean<T>,      turned_max<T>,     turned_argmax<T>,
    };
};

template <class T>
struct Runner : Operands<T> {
    using Base = Operands<T>;
    using Base::at, Base::here, Base::p, Base::suspect;

    void steps(int from, int to) {
        for (int k = from; k < to; k++) {
            const Step& s = p.step[k];
            if (s.op >= FIRST_FUSED) {
                if (!FUSED<T>[s.op - FIRST_FUSED](s, at, here)) suspect = true;
            } else {
                Steps<T>::table[s.op](at[s.dst], at[s.in[0]], at[s.in[1]], at[s.in[2]], here, s.how);
            }
        }
    }
    void set_rows(Int rows, Int cols) {
        here.rows = rows, here.cols = cols, here.first = 0;
        here.count[FULL] = p.turned ? cols * here.stride : rows * cols, here.count[ROW] = rows;
    }
    void piece(Int row, Int element) {
        suspect = false;
        Base::begin_piece(element);
        steps(p.by_row, p.steps);
        Base::end_piece(row, element);
    }
    // As many elements as there are left, but all vectors whole if that leaves only a few for later:
    // then they can be worked on in the operands' memory.
    Int next_count(Int left) const {
        const Int n = least(left, p.max_cols);
        return n > 32 * WIDTH<T> ? n - n % WIDTH<T> : n;
    }
    void once(Int rows, Int cols) {
        here.count[ONE] = WIDTH<T>, here.count[COL] = p.cols;
        here.stride = (rows + WIDTH<T> - 1) / WIDTH<T> * WIDTH<T>;
        set_rows(rows, cols);
        Base::begin();
        steps(0, p.once);
    }
    void linear(Int begin, Int end) {
        once(0, 0);
        for (Int i = begin; i < end;) {
            const Int n = next_count(end - i);
            here.count[FULL] = n;
            piece(0, i);
            i += n;
        }
        Base::end();
    }
    void blocks(Int begin, Int end) {
        once(least(p.max_rows, end - begin), p.cols);
        for (Int r = begin; r < end; r += p.max_rows) {
            set_rows(least(p.max_rows, end - r), p.cols);
            Base::begin_rows(r);
            steps(p.once, p.by_row);
            if (p.cut) pieces(r);
            else piece(r, r * p.cols);
            Base::end_rows(r);
        }
        Base::end();
    }
    void pieces(Int row) {
        for (Int j = 0; j < p.cols;) {
            const Int n = next_count(p.cols - j);
            here.first = j, here.count[FULL] = n;
            piece(row, row * p.cols + j);
            j += n;
        }
    }
};

template <class T>
static Runner<T> prepare(const Call& call, const Frame& frame) {
    const Program& p = *static_cast<const Program*>(call.chain);
    void** at = reinterpret_cast<void**>(frame.scratch + p.pointers);
    std::byte* const base[2] = {frame.scratch, const_cast<std::byte*>(p.constant)};
    for (int k = 0; k < p.values; k++) at[k] = base[p.value[k].base] + p.value[k].offset;
    std::byte** memory = reinterpret_cast<std::byte**>(at + p.values);
    for (int k = 0; k < p.operands; k++) {
        const Operand& o = call.operands[k];
        const bool sums = p.bound[k].mode >= SUM_ALL && p.bound[k].kind == BOOL;
        memory[k] = frame.bases[o.buffer] + (o.offset + frame.first * o.pitch) *
                                                Operands<T>::size_of(sums ? FLOAT : p.bound[k].kind);
    }
    const bool laned = p.space == IN_LANES && frame.rows < LANES;
    return {{p, frame, at, memory, {}, laned ? frame.rows : LANES, false, false}};
}

template <class T>
void chain(const Call& call, const Frame& frame) {
    const Program& p = *static_cast<const Program*>(call.chain);
    const bool splits = !p.sums && ((p.space == FLAT && p.linear) || p.space == WHOLE);
    if (frame.share > 0 && !splits) return;
    const int shares = splits ? frame.shares : 1;
    const Int rows = p.space == ROWS ? frame.rows * p.rows : p.rows;
    Runner<T> runner = prepare<T>(call, frame);
    if (p.linear) {
        const Range range = part(rows * p.cols, 64, frame.share, shares);
        runner.linear(range.begin, range.end);
    } else {
        const Range range = part(rows, p.cols >= 64 ? 1 : 16, frame.share, shares);
        runner.blocks(range.begin, range.end);
    }
}

template <class T>
void chain_panel(const Call& call, const Frame& frame, Int first, Int count, T* panel) {
    Runner<T> runner = prepare<T>(call, frame);
    for (int k = 0; k < runner.p.operands; k++)
        if (runner.p.bound[k].cls == FULL)
            runner.memory[k] += first * Operands<T>::size_of(runner.p.bound[k].kind);
    runner.memory[0] = reinterpret_cast<std::byte*>(panel);
    runner.linear(0, count);
}

PELLUCID_BOTH(chain)
template void chain_panel<float>(const Call&, const Frame&, Int, Int, float*);
template void chain_panel<double>(const Call&, const Frame&, Int, Int, double*);

}  // namespace pellucid::PELLUCID_ISA
