// How operands come into a chain's values and how values leave: per block, and once.
#pragma once

#include "chain_turned.h"

namespace pellucid::PELLUCID_ISA {

union Total {  // what a sum has gathered
    double number;
    Int integer;
};

template <class T>
struct Operands {
    const Program& p;
    const Frame& frame;
    void** at;       // where each value is now
    std::byte** memory;  // where each operand begins
    Here here;
    Int live;        // lanes with samples in them; LANES where all or where there are none
    bool infinite;
    bool suspect;    // a step of this piece saw something that is not finite, be it past the last element

    static constexpr Int W = WIDTH<T>;

    static Int size_of(int kind) { return kind == INT ? 8 : kind == BOOL ? 1 : Int(sizeof(T)); }
    void* scratch_of(int value) const { return frame.scratch + p.value[value].offset; }

    static void copy(void* to, const void* from, Int bytes) {
        std::memcpy(to, from, static_cast<std::size_t>(bytes));
    }
    static void expand(T* to, const std::uint8_t* from, Int n) {
        for (Int i = 0; i < n; i++) to[i] = from[i] ? T(1) : T(0);
    }
    static void contract(std::uint8_t* to, const T* from, Int n) {
        for (Int i = 0; i < n; i++) to[i] = from[i] != T(0);
    }

    // n elements of a value from memory, which itself serves where its vectors are whole.
    void load_span(const Bound& b, std::byte* from, Int n) {
        void*& place = at[b.value];
        if (b.kind == INT || (b.kind == FLOAT && n % W == 0)) {
            place = from;
            return;
        }
        place = scratch_of(b.value);
        if (b.kind == FLOAT) copy(place, from, n * Int(sizeof(T)));
        else expand(static_cast<T*>(place), reinterpret_cast<std::uint8_t*>(from), n);
    }
    void load_one(const Bound& b, const std::byte* from) {
        if (b.kind == INT) {
            copy(at[b.value], from, 8);
            return;
        }
        T x;
        if (b.kind == FLOAT) std::memcpy(&x, from, sizeof(T));
        else x = *reinterpret_cast<const std::uint8_t*>(from) ? T(1) : T(0);
        store<T>(static_cast<T*>(at[b.value]), splat<T>(x));
    }
    void store_span(const Bound& b, std::byte* to, Int n) {
        const void* from = at[b.value];
        if (from != to) {
            if (b.kind == BOOL)
                contract(reinterpret_cast<std::uint8_t*>(to), static_cast<const T*>(from), n);
            else copy(to, from, n * size_of(b.kind));
        }
        if (b.mode == STORE_CHECKED && b.kind == FLOAT && (suspect || !b.watched)) {
            const T* x = static_cast<const T*>(from);
            const bool laned = live < LANES && (b.cls == FULL || b.cls == COL);
            if (!(laned ? live_finite(x, n, live) : all_finite(x, n))) infinite = true;
        }
    }
    void in_place(const Bound& b, std::byte* to, Int n) {
        at[b.value] = b.kind == INT || n % W == 0 ? static_cast<void*>(to) : scratch_of(b.value);
    }

    Total* totals(const Bound& b) const {
        return reinterpret_cast<Total*>(frame.scratch + b.sums);
    }
    static void add(Int& to, Int x) {
        to = static_cast<Int>(static_cast<std::uint64_t>(to) + static_cast<std::uint64_t>(x));
    }
    // The sum of a span of a value, its dead lanes left out.
    void gather_all(const Bound& b, const void* from, Int n, Total& total) const {
        const bool laned = live < LANES && (b.cls == FULL || b.cls == COL);
        if (b.kind == INT) {
            const Int* x = static_cast<const Int*>(from);
            add(total.integer, laned ? int_sum_of_live(x, n, live) : int_sum_of(x, n));
        } else {
            const T* x = static_cast<const T*>(from);
            total.number += laned ? sum_of_live(x, n, live) : sum_of(x, n);
        }
    }
    // A finished sum to where it belongs: over what is there, or on top of it.
    void deliver(const Bound& b, std::byte* to, Total total) const {
        if (b.kind == INT) {
            Int* y = reinterpret_cast<Int*>(to);
            if (frame.fresh) *y = 0;
            add(*y, total.integer);
        } else {
            T* y = reinterpret_cast<T*>(to);
            *y = frame.fresh ? static_cast<T>(total.number)
                             : static_cast<T>(static_cast<double>(*y) + total.number);
        }
    }
    bool dead(Int col) const { return live < LANES && col % LANES >= live; }

    // A row of a cut block goes straight into the sums over rows: `cols` totals might be many.
    void add_piece(const Bound& b, const void* from) const {
        for (Int j = 0; j < here.count[FULL]; j++) {
            const Int col = here.first + j;
            if (dead(col)) continue;
            if (b.kind == INT) {
                add(reinterpret_cast<Int*>(memory[index(b)])[col], static_cast<const Int*>(from)[j]);
            } else {
                reinterpret_cast<T*>(memory[index(b)])[col] += static_cast<const T*>(from)[j];
            }
        }
    }
    Int index(const Bound& b) const { return &b - p.bound; }

    void sum_rows(const Bound& b, const void* from) const {
        if (p.cut) add_piece(b, from);
        else if (b.kind == INT)
            add_int_rows(&totals(b)->integer, static_cast<const Int*>(from), here.rows, here.cols);
        else add_rows(&totals(b)->number, static_cast<const T*>(from), here.rows, here.cols);
    }
    // Sums of each row: of a cut row, when its last piece has come.
    void sum_cols(const Bound& b, const void* from, Int row) const {
        std::byte* to = memory[index(b)] + row * size_of(b.kind == INT ? INT : FLOAT);
        if (p.cut) {
            if (here.first == 0) totals(b)->integer = 0;
            gather_all(b, from, here.count[FULL], *totals(b));
            if (here.first + here.count[FULL] == here.cols) deliver(b, to, *totals(b));
            return;
        }
        if (b.kind != INT && live == LANES && here.cols <= SPAN) {
            T* sums = reinterpret_cast<T*>(totals(b));
            row_sum<T>(sums, from, nullptr, nullptr, here, 0);
            for (Int r = 0; r < here.rows; r++) {
                T* y = reinterpret_cast<T*>(to) + r;
                *y = frame.fresh ? sums[r] : *y + sums[r];
            }
            return;
        }
        const Int step = here.cols * (b.kind == INT ? 8 : Int(sizeof(T)));
        for (Int r = 0; r < here.rows; r++) {
            Total total;
            total.integer = 0;  // as a double: 0, too
            gather_all(b, static_cast<const std::byte*>(from) + r * step, here.cols, total);
            deliver(b, to + r * (b.kind == INT ? 8 : Int(sizeof(T))), total);
        }
    }

    // --- turned values

    void load_turned(const Bound& b, const std::byte* from) {
        turn_in(static_cast<T*>(at[b.value]), reinterpret_cast<const T*>(from), here);
    }
    // What a block gives: to be stored from its row `row` on, or to be added up.
    void end_turned(const Bound& b, std::byte* to, Int row) {
        const T* from = static_cast<const T*>(at[b.value]);
        T* first = reinterpret_cast<T*>(to);
        if (b.mode <= STORE_CHECKED) {
            first += row * here.cols;
            turn_out(first, from, here);
            if (b.mode == STORE_CHECKED && !all_finite(first, here.rows * here.cols)) infinite = true;
        } else if (b.mode == SUM_COLS) {
            T* sums = reinterpret_cast<T*>(totals(b));
            turned_sum<T>(sums, from, nullptr, nullptr, here, 0);
            for (Int r = 0; r < here.rows; r++) {
                first[row + r] = frame.fresh ? sums[r] : first[row + r] + sums[r];
            }
        } else {
            for (Int j = 0; j < here.cols; j++, from += here.stride) {
                totals(b)[b.mode == SUM_ROWS ? j : 0].number += sum_of(from, here.rows);
            }
        }
    }

    // --- when

    // do_it(operand, where it begins) for the operands of a turn.
    template <class F>
    PELLUCID_INLINE void each_of(Meeting turn, F do_it) {
        for (int k = p.turns[turn]; k < p.turns[turn + 1]; k++) {
            const int which = p.in_turn[k];
            do_it(p.bound[which], memory[which]);
        }
    }
    void begin() {
        each_of(AT_START, [&](const Bound& b, std::byte* from) {
            if (b.cls == ONE) load_one(b, from);
            else load_span(b, from, p.cols);
        });
        each_of(SUMS, [&](const Bound& b, std::byte* to) { begin_sum(b, to); });
    }
    void begin_sum(const Bound& b, std::byte* to) const {
        const Int size = b.kind == INT ? 8 : Int(sizeof(T));
        if (b.mode != SUM_ROWS) {
            totals(b)->integer = 0;  // as a double: 0, too
        } else if (!p.cut) {
            std::memset(totals(b), 0, static_cast<std::size_t>(p.cols) * sizeof(Total));
        } else if (frame.fresh) {
            std::memset(to, 0, static_cast<std::size_t>(p.cols * size));
        }
    }
    void begin_rows(Int row) {
        each_of(AT_ROWS, [&](const Bound& b, std::byte* from) {
            from += row * size_of(b.kind);
            if (p.cut) load_one(b, from);
            else load_span(b, from, here.rows);
        });
    }
    void begin_piece(Int element) {
        each_of(AT_PIECE, [&](const Bound& b, std::byte* from) {
            from += element * size_of(b.kind);
            if (p.turned) load_turned(b, from);
            else if (b.mode == LOAD) load_span(b, from, here.count[FULL]);
            else in_place(b, from, here.count[FULL]);
        });
    }
    void end_piece(Int row, Int element) {
        each_of(AFTER_PIECE, [&](const Bound& b, std::byte* to) {
            const void* from = at[b.value];
            if (p.turned) end_turned(b, to, row);
            else if (b.mode <= STORE_CHECKED)
                store_span(b, to + element * size_of(b.kind), here.count[FULL]);
            else if (b.mode == SUM_ALL) gather_all(b, from, here.count[FULL], *totals(b));
            else if (b.mode == SUM_ROWS) sum_rows(b, from);
            else sum_cols(b, from, row);
        });
    }
    void end_rows(Int row) {
        each_of(AFTER_ROWS, [&](const Bound& b, std::byte* to) {
            if (b.mode == SUM_ALL) gather_all(b, at[b.value], here.rows, *totals(b));
            else store_span(b, to + row * size_of(b.kind), here.rows);
        });
    }
    void end() {
        each_of(AT_END, [&](const Bound& b, std::byte* to) {
            const Int n = b.cls == ONE ? 1 : p.cols;
            if (b.mode <= STORE_CHECKED) {
                if (frame.share == 0) store_span(b, to, n);
            } else if (b.mode == SUM_ALL) {
                if (b.cls == ONE || b.cls == COL) gather_all(b, at[b.value], n, *totals(b));
                deliver(b, to, *totals(b));
            } else if (b.mode == SUM_ROWS && !p.cut) {
                deliver_rows(b, to);
            }
        });
        if (infinite) frame.fault->infinite.store(true, std::memory_order_relaxed);
    }
    void deliver_rows(const Bound& b, std::byte* to) const {
        const Int size = b.kind == INT ? 8 : Int(sizeof(T));
        Total* total = totals(b);
        for (Int j = 0; j < p.cols; j++) {
            if (dead(j)) total[j].integer = 0;
            deliver(b, to + j * size, total[j]);
        }
    }
};

}  // namespace pellucid::PELLUCID_ISA
