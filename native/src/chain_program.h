// What decode_chain makes of a chain, ready to run: kernels/chain.cpp runs it.
//
// Each value is computed once (registers that are written again become new values), and instructions
// are put in three sections, each in the order in which they were given:
//   once      ONE and COL values, and COL values spread over a block's rows; before all blocks
//   by row    ROW values that need no FULL one; once for each block of rows
//   by piece  all others; once for each piece of a block
// Where rows are cut, a block is one row: then ROW values are single numbers, kept like ONE values.
//
// A value lies in scratch, among the constants, or, where that saves a copy, in an operand's memory.
// Single numbers fill 64 bytes, so that a loop may read them as vectors with a step of 0. The vectors of
// floats and bools are whole: scratch is padded, and operands whose last vector is not whole are copied.
#pragma once

#include "chain.h"

namespace pellucid {

// What instructions are broken into, besides the operations of chain.h.
enum Inner : int {
    FINITE_OR_ZERO = static_cast<int>(Op::count),  // a where it is finite, else 0
    INT_WIDEN,
    COL_PIECE,  // in a cut row: the columns of this piece
    INT_COL_PIECE,
    INT_ROW_SUM,
    // Where values are turned (below):
    TURNED_WIDEN,
    TURNED_ONE_HOT,
    TURNED_SUM,
    TURNED_MEAN,
    TURNED_MAX,
    TURNED_ARGMAX,
    // Several operations in one pass over FULL floats (chain_fuse.h):
    TWO_PRODUCTS,    // a b + c d
    AND_SQUARE,      // a b + c d^2
    OVER_ROOT,       // a b / (sqrt(c) + d) + e
    WHERE_LESS,      // c where a < b, else d
    MOMENTS,         // x = a b + c d and y = e f + g h^2 as well as i x / (sqrt(y) + j) + k, where
                     // a, c, e, g, i and j are single numbers
    INNER_COUNT
};
constexpr int FIRST_FUSED = TWO_PRODUCTS, MOST_INPUTS = 11, MORE_RESULTS = 2;

// Unused inputs and further results name dst. How a step's loop runs: a bit for each input that moves
// along, then two bits each for the class of dst and of the first input.
struct Step {
    int op, how, dst;
    int in[MOST_INPUTS];
    int also[MORE_RESULTS];  // what else it computes
};
constexpr int DST_CLASS = MOST_INPUTS, FIRST_CLASS = DST_CLASS + 2;

enum Base { IN_SCRATCH = 0, IN_CONSTANTS = 1 };
struct Value {
    int cls, kind;
    Base base;
    Int offset;  // bytes
};

// How an operand meets its value in each block (or, for ONE and COL, once).
struct Bound {
    int mode, cls, kind, value;
    bool in_place;  // the store's value is computed where it is stored
    bool watched;   // the step that computes it looks whether it is finite
    Int sums;       // where in scratch the sums are gathered
};

// Operands by when they are met: those that come in once, the sums to be cleared, those that come in
// with each block's rows and each piece, those that go out after a piece, after the rows, at the end.
enum Meeting { AT_START, SUMS, AT_ROWS, AT_PIECE, AFTER_PIECE, AFTER_ROWS, AT_END, TURNS };

struct Program : Chain {
    int values, steps, once, by_row;  // sections end at once, by_row, steps
    const Value* value;
    const Step* step;
    const Bound* bound;
    const int* in_turn;    // numbers of operands, turn by turn
    int turns[TURNS + 1];  // where in `in_turn` each begins
    const std::byte* constant;
    bool linear;             // all is FULL or ONE: rows need not be told apart
    bool cut;                // a block is part of a row
    bool turned;             // FULL values lie column by column: rows are too short for vectors
    Int max_rows, max_cols;  // of a block
    Int pointers;            // where in scratch the addresses of values and operands are
};

}  // namespace pellucid
