/*
 * XML of others as a small tree in the arena: names with their namespaces, attributes,
 * text. The only home of libxml2. UTF-8 without a document type, so that there are no
 * entities but XML's own five and nothing to fetch; its size is capped by whoever took it
 * in, depth, nodes and attributes here. Comments and instructions are passed over. Any
 * thread, after xml_start.
 */
#ifndef API_XML_H
#define API_XML_H

#include "base/arena.h"
#include "base/err.h"

enum {
	XML_MAX_DEPTH = 12,
	XML_MAX_NODES = 8192,   /* and pieces of text */
	XML_MAX_ATTRIBUTES = 8, /* of a node */
	XML_MAX_NAME = 200,     /* octets of a name, a namespace, a value */
	XML_MAX_TEXT = 8192,    /* of an element */
};

struct xml_attribute {
	const char *name, *value;
};

struct xml_node {
	const char *ns, *name; /* ns "": none */
	const char *text;      /* all of its own, in one piece; never NULL */
	struct xml_attribute
	    attribute[XML_MAX_ATTRIBUTES]; /* of no namespace */
	size_t n_attributes;
	struct xml_node *parent, *child, *next; /* child: the first one */
};

/* Once, before the first thread that reads. */
void xml_start(void);

/* The root. ERR_SYNTAX for what is no XML or goes beyond a limit. */
enum err_code xml_read(struct arena *a, const char *text, size_t n,
    const struct xml_node **ret_root, struct err *e) ERR_CHECKED;

/* The first child of that name, or NULL. */
const struct xml_node *xml_child(
    const struct xml_node *node, const char *ns, const char *name);

bool xml_is(const struct xml_node *node, const char *ns, const char *name);

/* The value of an attribute, or NULL. */
const char *xml_attribute(const struct xml_node *node, const char *name);

#endif
