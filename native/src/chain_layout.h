// The last part of decoding: sections, size of blocks, places in scratch.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "chain_fuse.h"

namespace pellucid {

struct Layout {
    Draft& draft;
    Program& p;
    std::vector<Bound>& bounds;
    std::vector<Value>& values;
    Int item;
    std::vector<int> last_use;  // of each value: the step, or steps.size() for operands

    void run() {
        choose_blocks();
        if (p.cut) cut_rows();
        spread_single_numbers();
        drop_unused();
        fuse_steps(draft, bounds);
        drop_unused();
        order();
        bind();
        place();
    }

    // Few enough elements that the values in use stay in the first cache.
    void choose_blocks() {
        constexpr Int CACHE = 24 * 1024;
        const Int least = 4096 / item;
        Int wide = 0;
        for (const Bound& b : bounds) wide += b.cls == FULL;
        const Int room = CACHE / (item * std::max<Int>(1, wide + 2)) / 64 * 64;
        Int size = std::min(p.block, std::max(least, room));
        size = std::max<Int>(64, size / 64 * 64);  // lanes stay together, vectors whole
        if (p.by_rows) size = std::max(size, p.cols);
        p.linear = !p.by_rows;
        for (const Node& n : draft.nodes) p.linear = p.linear && n.cls != ROW && n.cls != COL;
        for (const Bound& b : bounds) p.linear = p.linear && b.mode != SUM_ROWS && b.mode != SUM_COLS;
        p.cut = !p.linear && p.cols > size;
        if (p.linear) {
            p.max_rows = 1, p.max_cols = size;
        } else if (p.cut) {
            const Int pieces = (p.cols + size - 1) / size;
            p.max_rows = 1, p.max_cols = ((p.cols + pieces - 1) / pieces + 63) / 64 * 64;
        } else {
            p.max_rows = std::max<Int>(1, p.cols ? size / p.cols : size);
            if (p.space != ROWS) p.max_rows = std::min(p.max_rows, std::max<Int>(1, p.rows));
            if (p.max_rows >= 16) p.max_rows -= p.max_rows % 16;  // so that vectors are whole
            p.max_cols = p.cols;
            p.turned = turns();
        }
    }

    // Vectors of rows shorter than this are better filled with other rows' numbers.
    static constexpr Int SHORT = 16;

    bool turns() const {
        if (p.space != ROWS || p.cols < 2 || p.cols > SHORT || p.max_rows < 16) return false;
        for (const Node& n : draft.nodes) {
            if (n.cls == FULL && n.kind == INT) return false;
        }
        for (const Bound& b : bounds) {
            if (b.cls == FULL && b.kind != FLOAT) return false;
        }
        return true;
    }
    static int turned(int op) {
        switch (static_cast<Op>(op)) {
            case Op::WIDEN: return TURNED_WIDEN;
            case Op::ONE_HOT: return TURNED_ONE_HOT;
            case Op::ROW_SUM: return TURNED_SUM;
            case Op::ROW_MEAN: return TURNED_MEAN;
            case Op::ROW_MAX: return TURNED_MAX;
            case Op::ROW_ARGMAX: return TURNED_ARGMAX;
            default: return op;
        }
    }

    // In a cut row, ROW values are single numbers and COL values are taken piece by piece.
    void cut_rows() {
        for (Step& s : draft.steps) {
            if (s.op != static_cast<int>(Op::WIDEN) && s.op != INT_WIDEN) continue;
            const Node& from = draft.nodes[s.in[0]];
            if (from.cls == COL) s.op = from.kind == INT ? INT_COL_PIECE : COL_PIECE;
            else s.op = static_cast<int>(from.kind == INT ? Op::INT_COPY : Op::COPY);
        }
    }
    bool single(int node) const {
        return draft.nodes[node].cls == ONE || (p.cut && draft.nodes[node].cls == ROW);
    }
    static bool copies(int op) {
        return op == static_cast<int>(Op::COPY) || op == static_cast<int>(Op::INT_COPY);
    }
    // Elementwise steps read a single number themselves, at a step of 0: no need to spread it.
    void spread_single_numbers() {
        std::vector<int> origin(draft.nodes.size());
        for (std::size_t k = 0; k < origin.size(); k++) origin[k] = static_cast<int>(k);
        for (Step& s : draft.steps) {
            if (elementwise(s.op))
                for (int& input : s.in)
                    if (input >= 0) input = origin[input];
            if (copies(s.op) && single(s.in[0]) && draft.nodes[s.dst].cls == FULL)
                origin[s.dst] = s.in[0];
        }
    }
    void count_uses() {
        last_use.assign(draft.nodes.size(), -1);
        const int end = static_cast<int>(draft.steps.size());
        for (int k = 0; k < end; k++)
            for (int input : draft.steps[k].in)
                if (input >= 0) last_use[input] = k;
        for (const Bound& b : bounds)
            if (b.mode != LOAD) last_use[b.value] = end;
    }
    void drop_unused() {
        for (bool dropped = true; dropped;) {
            count_uses();
            auto& steps = draft.steps;
            const auto unused = [&](const Step& s) { return last_use[s.dst] < 0; };
            const auto rest = std::remove_if(steps.begin(), steps.end(), unused);
            dropped = rest != steps.end();
            steps.erase(rest, steps.end());
        }
    }

    int section(const Step& s) const {
        const Node& dst = draft.nodes[s.dst];
        if (dst.cls == ONE || dst.cls == COL) return 0;
        const int from = s.in[0] < 0 ? ONE : draft.nodes[s.in[0]].cls;
        const bool widens = s.op == static_cast<int>(Op::WIDEN) || s.op == INT_WIDEN;
        if (dst.cls == FULL) return widens && from == COL ? 0 : 2;
        int latest = 1;
        for (int input : s.in)
            if (input >= 0) latest = std::max(latest, draft.nodes[input].section);
        return reads_columns(s.op) ? 2 : latest;
    }
    void order() {
        for (Node& n : draft.nodes)
            if (n.loaded) n.section = n.cls == FULL ? 2 : n.cls == ROW ? 1 : 0;
        for (const Step& s : draft.steps) draft.nodes[s.dst].section = section(s);
        const auto& nodes = draft.nodes;
        std::stable_sort(draft.steps.begin(), draft.steps.end(), [&](const Step& a, const Step& b) {
            return nodes[a.dst].section < nodes[b.dst].section;
        });
        int counts[3] = {0, 0, 0};
        for (std::size_t k = 0; k < draft.steps.size(); k++) {
            const Step& s = draft.steps[k];
            draft.nodes[s.dst].maker = static_cast<int>(k);
            for (int other : s.also) {
                if (other >= 0) draft.nodes[other].maker = static_cast<int>(k);
                if (other >= 0) draft.nodes[other].section = draft.nodes[s.dst].section;
            }
            counts[draft.nodes[draft.steps[k].dst].section]++;
        }
        p.once = counts[0], p.by_row = counts[0] + counts[1];
        p.steps = p.by_row + counts[2];
        count_uses();
    }

    int shape(int node) const { return single(node) ? static_cast<int>(ONE) : draft.nodes[node].cls; }
    void bind() {
        for (Step& s : draft.steps) {
            int bit = 1;
            for (int input : s.in) {
                if (input >= 0 && !single(input)) s.how |= bit;
                bit *= 2;
            }
            s.how |= shape(s.dst) << DST_CLASS;
            if (s.in[0] >= 0) s.how |= shape(s.in[0]) << FIRST_CLASS;
            if (p.turned) s.op = turned(s.op);
        }
        std::vector<bool> taken(draft.nodes.size());
        for (Bound& b : bounds) {
            const Node& n = draft.nodes[b.value];
            const bool stores = b.mode == STORE || b.mode == STORE_CHECKED;
            const bool made = n.section == 2 && !n.loaded && n.maker >= 0;
            b.in_place = stores && made && !p.turned && b.cls == FULL && b.kind != BOOL &&
                         !taken[b.value];
            if (b.in_place) taken[b.value] = true;
            b.watched = made && draft.steps[static_cast<std::size_t>(n.maker)].op >= FIRST_FUSED;
        }
    }

    Int bytes(int node) const {
        const Int size = draft.nodes[node].kind == INT ? 8 : item;
        const int cls = shape(node);
        const Int count = cls == FULL  ? p.max_rows * p.max_cols
                          : cls == ROW ? p.max_rows
                          : cls == COL ? p.cols
                                       : 64 / item;
        return (count * size + 63) / 64 * 64 + 64;
    }
    bool kept(int node) const {
        const Node& n = draft.nodes[node];
        return n.section == 0 || (p.cut && n.section == 1);
    }
    // Values that are no longer needed leave their place to later ones of the same size.
    void place() {
        Int top = p.pointers + 8 * (static_cast<Int>(draft.nodes.size()) + p.operands);
        top = (top + 63) / 64 * 64;
        std::multimap<Int, Int> free;
        const auto take = [&](int node) {
            const Int size = bytes(node);
            const auto found = kept(node) ? free.end() : free.find(size);
            if (found != free.end()) {
                values[node].offset = found->second;
                free.erase(found);
            } else {
                values[node].offset = top, top += size;
            }
        };
        values.clear();
        for (const Node& n : draft.nodes)
            values.push_back({n.cls, n.kind, n.constant >= 0 ? IN_CONSTANTS : IN_SCRATCH,
                              n.constant >= 0 ? n.constant * Int(SPLAT) : 0});
        for (std::size_t k = 0; k < draft.nodes.size(); k++)
            if (draft.nodes[k].loaded) take(static_cast<int>(k));
        for (int k = 0; k < p.steps; k++) {
            const Step& s = draft.steps[k];
            // The loop may write over its own input, element by element of the same size.
            const bool over = elementwise(s.op);
            const auto release = [&](bool same) {
                int seen[MOST_INPUTS], count = 0;
                for (int input : s.in) {
                    if (input < 0 || last_use[input] != k || kept(input)) continue;
                    if (draft.nodes[input].constant >= 0) continue;
                    if (std::find(seen, seen + count, input) != seen + count) continue;
                    seen[count++] = input;
                    const bool fits = over && bytes(input) == bytes(s.dst) &&
                                      shape(input) == shape(s.dst) &&
                                      (draft.nodes[input].kind == INT) ==
                                          (draft.nodes[s.dst].kind == INT);
                    if (fits == same) free.emplace(bytes(input), values[input].offset);
                }
            };
            release(true);
            take(s.dst);
            for (int other : s.also) {
                if (other >= 0) take(other);
            }
            release(false);
        }
        for (Step& s : draft.steps)
            for (int& input : s.in)
                if (input < 0) input = s.dst;
        for (Step& s : draft.steps)
            for (int& other : s.also)
                if (other < 0) other = s.dst;
        for (Bound& b : bounds) {
            b.sums = top;
            if (b.mode == SUM_ROWS && !p.cut) top += 8 * p.cols;
            else if (b.mode == SUM_COLS && !p.cut) top += 8 * p.max_rows;
            else if (b.mode >= SUM_ALL) top += 8;
        }
        p.values = static_cast<int>(values.size());
        p.scratch = (top + 63) / 64 * 64 + 64;
    }
    static constexpr int SPLAT = 128;
};

}  // namespace pellucid
