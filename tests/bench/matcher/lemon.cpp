/*
 * lemon POINTS [LEAST]: the assignment as LEMON's network simplex solves it, on the
 * full graph of allowed pairs of LEAST points or more. Prints people, their weight,
 * points and the seconds of each stage. POINTS comes from bench/points.
 */
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

using lemon::SmartDigraph;
using Simplex = lemon::NetworkSimplex<SmartDigraph, int, int64_t>;

namespace
{

double now()
{
	using namespace std::chrono;
	return duration<double>(steady_clock::now().time_since_epoch()).count();
}

struct Instance {
	uint32_t n = 0, m = 0, person = 0;
	std::vector<uint32_t> weight, places;
	FILE *file = nullptr;

	bool open(const char *path)
	{
		uint32_t head[3];

		file = fopen(path, "rb");
		if (file == nullptr || fread(head, 4, 3, file) != 3)
			return false;
		n = head[0];
		m = head[1];
		person = head[2];
		weight.resize(n);
		places.resize(m);
		return fread(weight.data(), 4, n, file) == n &&
		       fread(places.data(), 4, m, file) == m;
	}
};

} // namespace

int main(int argc, char **argv)
{
	Instance x;
	if (argc < 2 || !x.open(argv[1])) {
		fputs("usage: lemon POINTS [LEAST]\n", stderr);
		return 2;
	}
	int least = argc > 2 ? atoi(argv[2]) : 0;
	double start = now();

	SmartDigraph graph;
	SmartDigraph::Node root;
	std::vector<SmartDigraph::Node> newcomer(x.n), mentor(x.m);
	for (auto &node : newcomer)
		node = graph.addNode();
	for (auto &node : mentor)
		node = graph.addNode();
	root = graph.addNode();
	std::vector<int16_t> row(x.m), points;
	for (uint32_t i = 0; i < x.n; i++) {
		if (fread(row.data(), 2, x.m, x.file) != x.m)
			return 2;
		for (uint32_t j = 0; j < x.m; j++)
			if (row[j] >= least && row[j] >= 0) {
				graph.addArc(newcomer[i], mentor[j]);
				points.push_back(row[j]);
			}
	}
	int pairs = graph.maxArcId() + 1;
	for (auto &node : newcomer)
		graph.addArc(node, root); /* alone */
	for (auto &node : mentor)
		graph.addArc(node, root); /* their places */

	SmartDigraph::ArcMap<int64_t> cost(graph, 0);
	SmartDigraph::ArcMap<int> upper(graph, 1);
	SmartDigraph::NodeMap<int> supply(graph, 0);
	for (int k = 0; k < pairs; k++) {
		auto arc = graph.arcFromId(k);
		int64_t weight = x.weight[graph.id(graph.source(arc))];
		cost[arc] = -(weight * x.person + points[k]);
	}
	for (uint32_t j = 0; j < x.m; j++)
		upper[graph.arcFromId(pairs + x.n + j)] = x.places[j];
	for (auto &node : newcomer)
		supply[node] = 1;
	supply[root] = -int(x.n);

	double built = now();
	Simplex simplex(graph);
	simplex.upperMap(upper).costMap(cost).supplyMap(supply);
	if (simplex.run() != Simplex::OPTIMAL)
		return 1;
	double solved = now();

	long long people = 0, weight = 0, total = 0;
	for (int k = 0; k < pairs; k++)
		if (simplex.flow(graph.arcFromId(k)) > 0) {
			people++;
			weight += x.weight[graph.id(
			    graph.source(graph.arcFromId(k)))];
			total += points[k];
		}
	printf("people %lld weight %lld points %lld pairs %d read %.3f solve "
	       "%.3f\n",
	    people, weight, total, pairs, built - start, solved - built);
	return 0;
}
