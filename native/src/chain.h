// A chain: elementwise operations, with reductions along rows, done block by block in the cache.
//
// A chain works on a space of `rows` x `cols` elements. A register holds a value over the block at
// hand; its class says over what it varies: FULL (rows x cols), ROW (one a row), COL (one a column),
// ONE (a single number). Operands are loaded into registers or stored from them; instructions take
// registers of one class, or ONE, and give a register of that class.
//
// ints: space | rows | cols | block | registers | instructions | operands,
//       then for each register:     class | kind
//       then for each operand:      mode | register
//       then for each instruction:  op | dst | a | b | c          (-1: not used)
// floats: the values of the constants, in the order in which CONST instructions name them (a).
//
// space   0 rows:  frame.rows * `rows` rows (rows a sample), cols as given
//         1 lanes: `rows` rows (channels) of cols = height * width * LANES, the chunk's
//         2 flat:  1 row of cols elements; split by columns
//         3 whole: `rows` rows of cols elements; split by rows unless it accumulates
//         FULL operands are contiguous: row r starts r * cols elements after the operand's place;
//         ROW operands hold one element a row, COL operands one a column, ONE operands one.
// block   the most elements of a FULL register; whole rows a block where instructions reduce along
//         rows (then block >= cols), else rows are cut where cols > block.
// kind    0 T, 1 int64, 2 bool. In memory a bool is a byte of 0 or 1; in registers it is a T of 0 or 1.
// mode    0 load, 1 store, 2 store and note in frame.fault->infinite if any element is NaN or infinite,
//         3 add up all elements into 1, 4 add up rows into `cols` sums (from FULL), 5 add up columns
//         into `rows` sums (from FULL). Modes 3-5 write where frame.fresh and else add; in lanes they
//         leave out dead lanes (lane >= frame.rows); sums are of type T (or int64 for kind 1).
//
// A FULL or ROW register of kind T that is loaded from memory is that memory, not a copy, and one that
// is stored may be computed in place there; the planner sees to it that no instruction reads an
// operand's memory after another operand's store has overwritten it.
#pragma once

#include "call.h"

// name, number of inputs
#define PELLUCID_CHAIN_OPS(X)                                                                      \
    X(CONST, 0) X(COPY, 1) X(ADD, 2) X(SUB, 2) X(MUL, 2) X(DIV, 2) X(NEG, 1) X(POW, 2) X(FMA, 3)   \
    X(EXP, 1) X(LOG, 1) X(LOG1P, 1) X(SQRT, 1) X(TANH, 1) X(SIGMOID, 1) X(ERF, 1) X(ABS, 1)        \
    X(SIGN, 1) X(MAX, 2) X(MIN, 2) X(EQ, 2) X(LT, 2) X(LE, 2) X(WHERE, 3) X(CLIP, 3)               \
    /* between kinds */                                                                            \
    X(FLOAT_TO_INT, 1) X(FLOAT_TO_BOOL, 1) X(INT_TO_FLOAT, 1) X(INT_TO_BOOL, 1) X(BOOL_TO_INT, 1)  \
    /* int64 */                                                                                    \
    X(INT_ADD, 2) X(INT_SUB, 2) X(INT_MUL, 2) X(INT_NEG, 1) X(INT_MOST, 2) X(INT_LEAST, 2)         \
    X(INT_EQ, 2) X(INT_LT, 2) X(INT_LE, 2) X(INT_WHERE, 3) X(INT_COPY, 1)                          \
    /* between classes; WIDEN takes ROW, COL or ONE to the class of dst, for any kind */           \
    X(WIDEN, 1) X(ONE_HOT, 1)                                                                      \
    X(ROW_SUM, 1) X(ROW_MEAN, 1) X(ROW_MAX, 1) X(ROW_LOGSUMEXP, 1) X(ROW_ARGMAX, 1)                \
    X(LOG_SOFTMAX, 1)

namespace pellucid {

enum class Op : int {
#define X(name, arity) name,
    PELLUCID_CHAIN_OPS(X)
#undef X
        count
};

enum Class { FULL = 0, ROW = 1, COL = 2, ONE = 3 };
enum Kind { FLOAT = 0, INT = 1, BOOL = 2 };
enum Mode { LOAD = 0, STORE = 1, STORE_CHECKED = 2, SUM_ALL = 3, SUM_ROWS = 4, SUM_COLS = 5 };
enum Space { ROWS = 0, IN_LANES = 1, FLAT = 2, WHOLE = 3 };

// Decoded from a call's ints when the plan is made (chain.cpp, the same for all instruction sets).
// BOOL registers: comparisons give them, WHERE and CLIP read a (the condition) from them.
// Comparisons on T: EQ LT LE give BOOL; on int64: INT_EQ ... give BOOL; INT_WHERE takes a BOOL a.
// ONE_HOT: INT ROW -> FLOAT FULL, 1 in the column that the row names, if there is one.
// ROW_*: FULL -> ROW (ROW_ARGMAX gives INT; ROW_SUM also of INT). CLIP: a clipped to [b, c].
struct Register {
    int cls, kind;
};
struct Binding {
    int mode, reg;
};
struct Instr {
    int op, dst, a, b, c;
};
struct Chain {
    int space;
    Int rows, cols, block;
    int registers, instrs, operands;
    const Register* regs;
    const Binding* bindings;
    const Instr* code;
    const double* constants;
    bool by_rows;  // whole rows a block: some instruction reduces along rows
    bool sums;     // some operand accumulates
    Int scratch;   // bytes of scratch that running it takes
};

// Decode; throws std::invalid_argument where the numbers make no chain. The caller owns the result.
Chain* decode_chain(const Int* ints, Int int_count, const double* floats, Int float_count,
                    int item_bytes);
void free_chain(const Chain*);

}  // namespace pellucid
