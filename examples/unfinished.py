"""What a file looks like while somebody types. The gaps are filled on request, by position."""

from inventory import Inventory, Item


def restock(inventory: Inventory, item: Item, wanted: int) -> int:
    missing = wanted - inventory.counts.get(item.name, )
    inventory.add(item, missing)
    return 


def describe(item: Item) -> str:
    text = 
    return text
