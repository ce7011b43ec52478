/* Reading XML: see xml.h. libxml2's pull reader keeps no tree of its own, so that what is
 * in memory is what this file has counted. */
#include "api/xml.h"

#include <libxml/xmlreader.h>
#include <string.h>

#include "base/utf8.h"

struct reading {
	struct arena *arena;
	xmlTextReader *reader;
	struct xml_node *root, *at; /* at: what is open */
	struct xml_node **end;      /* where the next child of `at` goes */
	size_t n_nodes, depth;
	struct err *err;
};

void xml_start(void)
{
	xmlInitParser();
}

static enum err_code refuse(struct err *e, const char *why)
{
	return ERR_SET(e, SYNTAX, "the body is no XML that is taken: %s", why);
}

/* A copy of a short text; NULL is "". */
static const char *copy(struct reading *r, const xmlChar *text)
{
	const char *s = text ? (const char *)text : "";

	if (strlen(s) <= XML_MAX_NAME)
		return arena_strdup(r->arena, s);
	(void)refuse(r->err, "a name is too long");
	return NULL;
}

static enum err_code read_attributes(struct reading *r, struct xml_node *node)
{
	while (xmlTextReaderMoveToNextAttribute(r->reader) == 1) {
		struct xml_attribute *to = &node->attribute[node->n_attributes];

		if (xmlTextReaderConstNamespaceUri(r->reader))
			continue; /* declarations of namespaces among them */
		if (node->n_attributes == XML_MAX_ATTRIBUTES)
			return refuse(r->err, "too many attributes");
		to->name = copy(r, xmlTextReaderConstLocalName(r->reader));
		to->value = copy(r, xmlTextReaderConstValue(r->reader));
		if (!to->name || !to->value)
			return r->err->code;
		node->n_attributes++;
	}
	(void)xmlTextReaderMoveToElement(r->reader);
	return ERR_OK;
}

static enum err_code open_node(struct reading *r)
{
	bool is_empty = xmlTextReaderIsEmptyElement(r->reader) == 1;
	struct xml_node *node;

	if (++r->n_nodes > XML_MAX_NODES)
		return refuse(r->err, "too many elements");
	if (r->depth == XML_MAX_DEPTH)
		return refuse(r->err, "too deep");
	node = ARENA_ARRAY(r->arena, 1, struct xml_node);
	if (!node)
		return ERR_SET(r->err, NOMEM, "no memory for the body");
	*node = (struct xml_node){.text = "", .parent = r->at};
	node->ns = copy(r, xmlTextReaderConstNamespaceUri(r->reader));
	node->name = copy(r, xmlTextReaderConstLocalName(r->reader));
	/* libxml2 passes over a prefix that nobody declared. */
	if (node->name && strchr(node->name, ':'))
		return refuse(r->err, "a prefix without a namespace");
	if (!node->ns || !node->name || read_attributes(r, node) != ERR_OK)
		return r->err->code != ERR_OK
			   ? r->err->code
			   : ERR_SET(r->err, NOMEM, "no memory for the body");
	*r->end = node;
	if (is_empty) {
		r->end = &node->next;
	} else {
		r->at = node;
		r->end = &node->child;
		r->depth++;
	}
	return ERR_OK;
}

static void close_node(struct reading *r)
{
	struct xml_node *node = r->at;

	r->end = &node->next;
	r->at = node->parent;
	r->depth--;
}

static enum err_code add_text(struct reading *r)
{
	const xmlChar *text = xmlTextReaderConstValue(r->reader);
	const char *whole;

	if (!r->at || !text)
		return ERR_OK;
	if (++r->n_nodes > XML_MAX_NODES ||
	    strlen(r->at->text) + strlen((const char *)text) > XML_MAX_TEXT)
		return refuse(r->err, "too much text");
	whole = *r->at->text ? arena_printf(r->arena, "%s%s", r->at->text,
				   (const char *)text)
			     : arena_strdup(r->arena, (const char *)text);
	if (!whole)
		return ERR_SET(r->err, NOMEM, "no memory for the body");
	r->at->text = whole;
	return ERR_OK;
}

static enum err_code take(struct reading *r)
{
	switch (xmlTextReaderNodeType(r->reader)) {
	case XML_READER_TYPE_ELEMENT:
		return open_node(r);
	case XML_READER_TYPE_END_ELEMENT:
		close_node(r);
		return ERR_OK;
	case XML_READER_TYPE_TEXT:
	case XML_READER_TYPE_CDATA:
		return add_text(r);
	case XML_READER_TYPE_DOCUMENT_TYPE:
	case XML_READER_TYPE_ENTITY_REFERENCE:
		return refuse(r->err, "it has a document type or entities");
	default:
		return ERR_OK;
	}
}

enum err_code xml_read(struct arena *a, const char *text, size_t n,
    const struct xml_node **ret_root, struct err *e)
{
	struct reading r = {.arena = a, .err = e};
	enum err_code code = ERR_OK;
	int more = 1;

	/* Before libxml2 looks: it reads a document type whole before it tells. */
	if (!utf8_is_valid(text, n) || memchr(text, '\0', n) ||
	    memmem(text, n, "<!DOCTYPE", 9))
		return refuse(e, "expected UTF-8 without a document type");
	r.reader = xmlReaderForMemory(text, (int)n, NULL, "UTF-8",
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!r.reader)
		return ERR_SET(e, NOMEM, "no memory for the body");
	r.end = &r.root;
	while (code == ERR_OK && (more = xmlTextReaderRead(r.reader)) == 1)
		code = take(&r);
	xmlFreeTextReader(r.reader);
	if (code == ERR_OK && (more != 0 || !r.root))
		code = refuse(e, "it is not well-formed");
	if (code == ERR_OK)
		*ret_root = r.root;
	return code;
}

bool xml_is(const struct xml_node *node, const char *ns, const char *name)
{
	return strcmp(node->name, name) == 0 && strcmp(node->ns, ns) == 0;
}

const struct xml_node *xml_child(
    const struct xml_node *node, const char *ns, const char *name)
{
	const struct xml_node *child = node->child;

	while (child && !xml_is(child, ns, name))
		child = child->next;
	return child;
}

const char *xml_attribute(const struct xml_node *node, const char *name)
{
	for (size_t i = 0; i < node->n_attributes; i++)
		if (strcmp(node->attribute[i].name, name) == 0)
			return node->attribute[i].value;
	return NULL;
}
